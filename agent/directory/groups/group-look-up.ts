import type { Clock } from "../../../shared/clock.ts";
import { canonicalDn } from "../../../shared/dn.ts";
import type { DialectName } from "../directory.ts";
import type { LdapSession } from "../ldap/ldap-session.ts";
import { isUsableGroup } from "./named-objects.ts";

/** Time for which a group that was there is believed to be there, milliseconds. */
const LIFETIME_MS = 60_000;
const MAX_REMEMBERED = 1_000;

/**
 * Tells which groups of the policy are not in the directory: a look-up of an account would otherwise take a group that was
 * renamed or mistyped for one without members. One that is missing is looked up again each time, so that its cure is seen at
 * once. A group that was moved is missing, because the policy names a DN.
 */
export class GroupLookUp {
  readonly #clock: Pick<Clock, "monotonicMs">;
  readonly #seen = new Map<string, number>();

  constructor(clock: Pick<Clock, "monotonicMs">) {
    this.#clock = clock;
  }

  async missing(session: LdapSession, dialect: DialectName, dns: readonly string[]): Promise<string[]> {
    const found = await Promise.all(dns.map((dn) => this.#isThere(session, dialect, dn)));
    return dns.filter((_, index) => found[index] === false);
  }

  async #isThere(session: LdapSession, dialect: DialectName, dn: string): Promise<boolean> {
    const key = canonicalDn(dn);
    const seenAt = this.#seen.get(key);
    if (seenAt !== undefined && this.#clock.monotonicMs() - seenAt < LIFETIME_MS) return true;
    const isThere = await isUsableGroup(session, dialect, dn);
    if (this.#seen.size >= MAX_REMEMBERED) this.#seen.clear();
    if (isThere) this.#seen.set(key, this.#clock.monotonicMs());
    else this.#seen.delete(key);
    return isThere;
  }
}
