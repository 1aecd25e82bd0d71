/**
 * Parts of configuration schemas. Values from the environment are text, so every part accepts the text form of its
 * value.
 */
import { accessSync, constants } from "node:fs";
import { isIP } from "node:net";
import { z } from "zod";
import { readAuthority } from "../authority.ts";
import { Secret } from "../secret.ts";
import { fileProblemOf } from "../system-errors.ts";

/**
 * A secret that is given in a file (`…File: /path`). The loader reads the file; writing a secret inline is not
 * possible.
 */
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
  z.union([z.boolean(), z.enum(["true", "false"]).transform((text) => text === "true")], {
    error: "must be true or false",
  });

/**
 * A list, which is JSON in the environment (the loader parses it). Commas do not separate its entries there: a DN contains them, and each of
 * its parts would be another, valid DN.
 */
export const list = <T extends z.ZodType>(item: T, maximum = 64) =>
  z.preprocess((value, context) => {
    if (typeof value !== "string") return value;
    context.addIssue({
      code: "custom",
      message: `must be a list, which is JSON in a variable: ${JSON.stringify([value === "" ? "first entry" : value])}, and with several entries ["…", "…"]`,
    });
    return z.NEVER;
  }, z.array(item).max(maximum));

export const filePath = () => z.string().min(1).max(4096);

/** The path of a file that this user can read. */
export const existingFile = () =>
  filePath().superRefine((path, context) => {
    try {
      accessSync(path, constants.R_OK);
    } catch (error) {
      context.addIssue({ code: "custom", message: `${path} cannot be read: ${fileProblemOf(error)}` });
    }
  });

/** The path of a PEM or DER file with certificate authorities. */
export const authorityFile = () =>
  filePath().superRefine((path, context) => {
    const authority = readAuthority(path);
    if ("problem" in authority) context.addIssue({ code: "custom", message: `${path} ${authority.problem}` });
  });

/** `host:port`, `:port` for every address, or `port` for loopback only. Port 0 takes a free port. */
export const listenAddress = () =>
  z
    .string()
    .regex(/^(?:\[[0-9a-fA-F:]+\]|[^\s:]*):?\d{1,5}$/, "must be host:port, :port or port")
    .transform((text) => {
      const colon = text.lastIndexOf(":");
      const host = colon === -1 ? "127.0.0.1" : text.slice(0, colon).replace(/^\[|\]$/g, "");
      return { host: host === "" ? "::" : host, port: Number(text.slice(colon + 1)) };
    })
    .refine(({ port }) => port <= 65_535, { error: "must have a port of at most 65535" });

export const httpUrl = () =>
  z
    .string()
    .max(2048)
    .refine((text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol), {
      error: "must be an http:// or https:// URL",
    });

/** The origin of a site: https, or http on loopback, and nothing after the port. The value is the origin without a slash. */
export const siteUrl = () =>
  z
    .string()
    .max(2048)
    .superRefine((text, context) => {
      const problem = siteProblemOf(text);
      if (problem !== null) context.addIssue({ code: "custom", message: problem });
    })
    .transform((text) => new URL(text).origin);

function siteProblemOf(text: string): string | null {
  if (!URL.canParse(text) || !/^https?:\/\//i.test(text) || /\s/.test(text))
    return "must be an https:// URL such as https://latchkey.example.com";
  const { protocol, host, hostname, port, username, password, pathname, search, hash } = new URL(text);
  const origin = `https://${host}`;
  if (!isSecureOrLoopback(text))
    return `must be https://, such as ${origin}: browsers seal passwords on https alone (http:// is for a loopback address such as http://127.0.0.1:8080)`;
  if (username !== "" || password !== "") return `must not contain a user name or password; write ${origin}`;
  if (pathname !== "/" || search !== "" || hash !== "" || /[?#]/.test(text))
    return `must end after the host name and port: Latchkey needs a host name of its own, without a path, query or fragment; write ${protocol}//${host}`;
  if (port === "0") return "must not have port 0: write the port that visitors use, or none";
  if (protocol === "https:" && port === "80")
    return `must not be https:// on port 80, which is the port of http; write https://${hostname}`;
  return protocol === "http:" && port === "443"
    ? `must not be http:// on port 443, which is the port of https; write https://${hostname}`
    : null;
}

/** True for https, and for http to a loopback address (a demo, a proxy on the same host). */
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
