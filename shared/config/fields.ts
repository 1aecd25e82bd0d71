/** Pieces of configuration schemas. Values from the environment are strings, so every piece takes its string form too. */
import { accessSync, constants } from "node:fs";
import { isIP } from "node:net";
import { z } from "zod";
import { Secret } from "../secret.ts";

/** A secret given in a file (`…File: /path`). Read by the loader, held as `Secret`. There is no way to give one inline. */
export const secret = (description: string) =>
  z
    .string()
    .min(1)
    .max(16_384)
    .transform((value) => new Secret(value))
    .meta({ description, classification: "secret" });

export const integer = (minimum: number, maximum: number) =>
  z.coerce.number().int().min(minimum).max(maximum);

export const flag = () =>
  z.union([z.boolean(), z.enum(["true", "false"]).transform((text) => text === "true")]);

export const list = <T extends z.ZodType>(item: T, maximum = 64) =>
  z.preprocess(
    (value) => (typeof value === "string" ? value.split(",").map((part) => part.trim()) : value),
    z.array(item).max(maximum),
  );

export const filePath = () => z.string().min(1).max(4096);

/** One that this user can read. */
export const existingFile = () =>
  filePath().superRefine((path, context) => {
    try {
      accessSync(path, constants.R_OK);
    } catch (error) {
      context.addIssue({ code: "custom", message: whyNotReadable(error, path) });
    }
  });

const whyNotReadable = (error: unknown, path: string): string =>
  error instanceof Error && Reflect.get(error, "code") === "EACCES"
    ? `${path} cannot be read by the user that runs this`
    : "there is no such file";

/** `host:port`, `:port` for every address, or `port` for loopback only. Port 0 takes a free one. */
export const listenAddress = () =>
  z
    .string()
    .regex(/^(?:\[[0-9a-fA-F:]+\]|[^\s:]*):?\d{1,5}$/, "must be host:port or port")
    .transform((text) => {
      const colon = text.lastIndexOf(":");
      const host = colon === -1 ? "127.0.0.1" : text.slice(0, colon).replace(/^\[|\]$/g, "");
      return { host: host === "" ? "::" : host, port: Number(text.slice(colon + 1)) };
    })
    .refine(({ port }) => port <= 65_535, { error: "the port is above 65535" });

export const httpUrl = () =>
  z
    .string()
    .max(2048)
    .refine((text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol), {
      error: "must be an http:// or https:// URL",
    });

/** Plain http is for a loopback address only: a demo, a sidecar proxy. */
export const isSecureOrLoopback = (text: string): boolean => {
  const { protocol, hostname } = new URL(text);
  const host = hostname.replace(/^\[|\]$/g, "");
  return (
    protocol === "https:" ||
    host === "localhost" ||
    host === "::1" ||
    (isIP(host) === 4 && host.startsWith("127."))
  );
};

export const ldapUrl = () =>
  z
    .string()
    .max(2048)
    .refine((text) => URL.canParse(text) && /^ldaps?:$/.test(new URL(text).protocol), {
      error: "must be an ldaps:// URL (or ldap:// with startTls)",
    });
