import type { Clock } from "../../../shared/clock.ts";
import { isDn } from "../../../shared/dn.ts";
import { isAppError } from "../../../shared/errors.ts";
import type { DirectoryConfig } from "../../config.ts";
import type { DialectName } from "../directory.ts";
import type { EntryIds } from "../entries/entry-id.ts";
import type { Account, LdapSession, LdapSessions } from "../ldap/ldap-session.ts";
import { bindKeyOf } from "../ldap/own-sign-in.ts";
import { contextsOf, type RootDse } from "../ldap/root-dse.ts";
import type { NamedObjects, NameProblem } from "./named-objects.ts";
import { findOwnAccount, type OwnAccount } from "./own-accounts.ts";
import { type Protection, type ProtectionConfig, resolveProtection } from "./protection.ts";

/** Time for which look-ups of accounts reuse what was found, milliseconds. */
const LIFETIME_MS = 30_000;

export interface ProtectionLookUpDeps extends ProtectionConfig {
  readonly config: Pick<DirectoryConfig, "bases" | "bind" | "writebackBind">;
  readonly names: NamedObjects;
  readonly sessions: Pick<LdapSessions, "nameOf" | "use">;
  readonly clock: Clock;
  readonly dialectOf: (rootDse: RootDse) => DialectName;
  readonly idsOf: (dialect: DialectName) => EntryIds;
}

interface Recent<T> {
  readonly value: T;
  readonly at: number;
}

/**
 * Looks up protected groups, the deny list and the agent's own accounts, separately for each account that the agent signs in
 * with: what one of them may read, the other may not.
 *
 *     none ──── looked up ────► fresh ──── 30 s ────► stale, until it is looked up again
 */
export class ProtectionLookUp {
  readonly #deps: ProtectionLookUpDeps;
  readonly #recent = new Map<Account, Recent<Protection>>();
  readonly #own = new Map<Account, Recent<OwnAccount | NameProblem>>();
  readonly #running = new WeakMap<LdapSession, Promise<Protection>>();
  readonly #places: (rootDse: RootDse) => readonly string[];

  constructor(deps: ProtectionLookUpDeps) {
    this.#deps = deps;
    this.#places = contextsOf(deps.config);
  }

  /** `session`: of this account. */
  async recent(account: Account, session: LdapSession): Promise<Protection> {
    const recent = this.#recent.get(account);
    // While something is unknown, nothing can be written, so the cure of it should be seen at once.
    const isUsable = this.#isFresh(recent) && recent.value.problems.length === 0;
    if (isUsable) return recent.value;
    // Large groups are read once for jobs that come at once.
    const running = this.#running.get(session);
    if (running !== undefined) return running;
    const started = this.now(account, session).finally(() => this.#running.delete(session));
    this.#running.set(session, started);
    return started;
  }

  async now(account: Account, session: LdapSession): Promise<Protection> {
    const { names, clock, dialectOf } = this.#deps;
    const dialect = dialectOf(session.rootDse);
    const own = await this.#ownAccounts(account, session, dialect);
    const places = this.#places(session.rootDse);
    const value = await resolveProtection(names, session, dialect, this.#deps, own, places);
    this.#recent.set(account, { value, at: clock.monotonicMs() });
    return value;
  }

  async #ownAccounts(
    account: Account,
    session: LdapSession,
    dialect: DialectName,
  ): Promise<(OwnAccount | NameProblem)[]> {
    const { config, sessions } = this.#deps;
    const own = await this.#findOwn(account, session, dialect);
    if (config.writebackBind === undefined) return [own];
    const other = account === "read" ? "write" : "read";
    const recent = this.#own.get(other);
    if (this.#isFresh(recent) && !("what" in recent.value)) return [own, recent.value];
    try {
      return [own, await sessions.use(other, (others) => this.#findOwn(other, others, dialect))];
    } catch (error) {
      // A sync goes on without the account that writes: nothing is written until it can sign in and is asked who it is.
      if (account === "write" || !isAppError(error)) throw error;
      const dn = sessions.nameOf("write");
      const last = this.#own.get(other);
      return [own, ...(last === undefined ? (isDn(dn) ? [{ dn, id: null }] : []) : [last.value])];
    }
  }

  async #findOwn(
    account: Account,
    session: LdapSession,
    dialect: DialectName,
  ): Promise<OwnAccount | NameProblem> {
    const { config, clock, idsOf, sessions } = this.#deps;
    const key = `directory.${bindKeyOf(config, account)}`;
    const name = sessions.nameOf(account);
    const value = await findOwnAccount(session, dialect, idsOf(dialect), { key, name });
    this.#own.set(account, { value, at: clock.monotonicMs() });
    return value;
  }

  #isFresh<T>(recent: Recent<T> | undefined): recent is Recent<T> {
    return recent !== undefined && this.#deps.clock.monotonicMs() - recent.at < LIFETIME_MS;
  }
}
