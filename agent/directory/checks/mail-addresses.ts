/** `doctor`'s check of mail addresses: whether people are found by the address they type, and whether notices reach it. */
import { readAddress } from "../../../shared/mail-address.ts";
import { nameKey } from "../../../shared/user-names.ts";
import type { DirectoryEntry } from "../directory.ts";
import { type CheckOutcome, pass, skip, warn } from "./check-step.ts";

/** The share of users from which a difference is not one of single accounts. */
const MANY = 0.1;
const MAX_DOMAINS = 3;

/** Counts the mail addresses of the users that a run reads. */
export class MailAddresses {
  readonly #attribute: string;
  #users = 0;
  #usable = 0;
  #unusable = 0;
  /** Users whose user name has another domain than their address. */
  #elsewhere = 0;
  #notFound = 0;
  readonly #domains = new Map<string, number>();
  readonly #otherDomains = new Map<string, number>();

  /** `attribute`: the one that `attributes.mail` names. */
  constructor(attribute: string) {
    this.#attribute = attribute;
  }

  add({ names, attributes }: Pick<DirectoryEntry, "names" | "attributes">): void {
    if ("reason" in names) return;
    this.#users++;
    const values = (attributes.get(this.#attribute.toLowerCase()) ?? []).map((value) =>
      value.toString("utf8"),
    );
    if (values.every((value) => value.trim() === "")) return;
    const address = values.map(readAddress).find((each) => each !== null);
    if (address === undefined) {
      this.#unusable++;
      return;
    }
    this.#usable++;
    const own = [names.userName, ...names.aliases].map(nameKey);
    if (!values.some((value) => own.includes(nameKey(value)))) this.#notFound++;
    const [domain, nameDomain] = [domainOf(address), domainOf(names.userName)];
    if (nameDomain === "" || nameDomain === domain) return;
    this.#elsewhere++;
    count(this.#domains, domain);
    count(this.#otherDomains, nameDomain);
  }

  outcome(): CheckOutcome {
    if (this.#usable + this.#unusable === 0) return skip(`no user has a value of ${this.#attribute}`);
    const unusable =
      this.#unusable === 0
        ? ""
        : `; ${this.#unusable} have one that is no usable address (latchkey user search --problem)`;
    const detail = `${this.#usable} of ${this.#users} users have a mail address${unusable}`;
    const isMany = (part: number): boolean => part >= Math.max(1, this.#usable * MANY);
    if (isMany(this.#notFound))
      return warn(
        `${detail}; ${this.#notFound} are not found by it, and people type it`,
        `Add ${this.#attribute} to attributes.aliases in the agent's configuration, then run: latchkey-agent sync --policy initial`,
      );
    if (isMany(this.#elsewhere))
      return warn(
        `${detail}; for ${this.#elsewhere} its domain (${most(this.#domains)}) is not that of the user name (${most(this.#otherDomains)}). Both find the user`,
        `Give the tenant both domains, so that it is found by either: latchkey tenant change TENANT --domain ${most(this.#domains, " --domain ")}`,
      );
    return pass(detail);
  }
}

const domainOf = (name: string): string =>
  name.includes("@") ? nameKey(name.slice(name.lastIndexOf("@") + 1)) : "";

function count(counts: Map<string, number>, domain: string): void {
  counts.set(domain, (counts.get(domain) ?? 0) + 1);
}

const most = (counts: ReadonlyMap<string, number>, separator = ", "): string =>
  [...counts]
    .sort(([, one], [, other]) => other - one)
    .slice(0, MAX_DOMAINS)
    .map(([domain]) => domain)
    .join(separator);
