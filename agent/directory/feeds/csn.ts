/** Change sequence numbers of OpenLDAP: `20260131235959.123456Z#000000#001#000000`, ordered as text. */
import { z } from "zod";
import { ANY_ENTRY } from "../ldap/filters.ts";
import type { LdapStream } from "../ldap/ldap-stream.ts";

export const csnSchema = z.string().regex(/^\d{14}\.\d{6}Z#[0-9a-f]{6}#[0-9a-f]{3}#[0-9a-f]{6}$/);

/** Returns the CSNs in a sync cookie `rid=000,csn=A;B`; none for text of another form. */
export function csnsOfCookie(cookie: string): string[] {
  const list = /(?:^|,)csn=([^,]+)/.exec(cookie)?.[1] ?? "";
  return list.split(";").filter((csn) => csnSchema.safeParse(csn).success);
}

/** Returns the oldest CSN: everything up to it has been seen from every server that accepts writes. */
export const oldestCsn = (csns: readonly string[]): string | null => [...csns].sort()[0] ?? null;

/** Returns the contextCSN of a suffix, one value for each server that accepts writes. Null when it cannot be read. */
export async function readContextCsns(stream: LdapStream, suffix: string): Promise<string[] | null> {
  const request = { base: suffix, scope: "base", filter: ANY_ENTRY, attributes: ["contextCSN"] } as const;
  const [entry] = await stream.read(request);
  const csns = (entry?.attributes.get("contextcsn") ?? []).map((value) => value.toString("latin1"));
  return csns.length > 0 && csns.every((csn) => csnSchema.safeParse(csn).success) ? csns : null;
}
