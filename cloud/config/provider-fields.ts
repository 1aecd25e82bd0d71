/** Settings that all providers of messages share. */
import { z } from "zod";
import { httpUrl, integer, isSecureOrLoopback } from "../../shared/config/fields.ts";

export const providerName = () =>
  z
    .string()
    .regex(/^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/, "must be 1 to 40 of a-z, 0-9 and -")
    .meta({ description: "Name of this provider in logs, records and callbacks", example: "main" });

export const secureUrl = () =>
  httpUrl().refine((text) => !URL.canParse(text) || isSecureOrLoopback(text), {
    error: "must be https:// (http:// is for loopback addresses)",
  });

export const timeout = () =>
  integer(100, 60_000)
    .default(10_000)
    .describe("Time-out for an answer of this provider, milliseconds; then the next one is tried");
