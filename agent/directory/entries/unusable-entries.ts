/** Says why entries cannot be used, and what to do: the same words in a sync run and in doctor. */
import type { DialectName, DirectoryEntry, EntryProblem } from "../directory.ts";
import { defaultIdAttribute } from "./dialects.ts";

type Problem = Pick<EntryProblem, "reason"> & { readonly attribute: string | null };

/** Returns the end of a sentence about entries, such as `with no usable uid (user name)`. No DN and no value is in it. */
export function describeUnusable({ reason, attribute }: Problem): string {
  const name = attribute ?? "an attribute";
  switch (reason) {
    case "no_id":
      return `with no usable ${name} (id)`;
    case "several_ids":
      return `with several values of ${name} (id)`;
    case "no_user_name":
      return `with no usable ${name} (user name)`;
    case "value_too_long":
      return `with too long a value of ${name}`;
    case "invalid_text":
      return `with characters in ${name} that no name may have`;
    case "invalid_value":
      return `with an invalid value of ${name}`;
    case "other_source":
      return "with the id of a user of another source of the tenant";
    case "replication_conflict":
      return "in or below a replication conflict";
  }
}

/** Returns what an administrator does about entries that cannot be used. */
export function adviseOnUnusable({ reason, attribute }: Problem, dialect: DialectName): string {
  const name = attribute ?? "the attribute";
  switch (reason) {
    case "no_id":
    case "several_ids": {
      const usual = defaultIdAttribute(dialect);
      const isUsual = attribute?.toLowerCase() === usual.toLowerCase();
      return isUsual
        ? `Let the account of directory.bind read ${usual}.`
        : `Set directory.idAttribute to ${usual}, which every entry of this kind of server has, or let the account of directory.bind read ${name}.`;
    }
    case "no_user_name":
      return `Set attributes.userName to the attribute that people sign in with, or let the account of directory.bind read ${name}.`;
    case "value_too_long":
    case "invalid_text":
    case "invalid_value":
      return `Correct ${name} of these entries in the directory.`;
    case "other_source":
      return "See which source has these users: latchkey source list. Two agents with the same directory must serve the same source.";
    case "replication_conflict":
      return "Resolve the conflicts in the directory, or delete the copies.";
  }
}

/** Returns why an entry cannot be used; null for one that can be. */
export function problemOf({
  names,
  enabled,
}: Pick<DirectoryEntry, "names" | "enabled">): EntryProblem | null {
  if ("reason" in names) return names;
  return enabled === "unreadable" ? { reason: "invalid_value", attribute: "userAccountControl" } : null;
}

const MAX_REASONS = 5;
const MAX_EXAMPLES = 3;

/** Counts entries that cannot be used by reason, with the first few DNs of each. */
export class UnusableEntries {
  readonly #byReason = new Map<string, { problem: EntryProblem; count: number; dns: string[] }>();
  #count = 0;

  get count(): number {
    return this.#count;
  }

  add(dn: string, problem: EntryProblem): void {
    this.#count++;
    const key = `${problem.reason} ${problem.attribute}`;
    const found = this.#byReason.get(key) ?? { problem, count: 0, dns: [] };
    found.count++;
    if (found.dns.length < MAX_EXAMPLES) found.dns.push(dn);
    this.#byReason.set(key, found);
  }

  /** `2 cannot be used: 1 with no usable uid (user name): cn=a,dc=lab; …` */
  describe(): string {
    const reasons = this.#reasons();
    const parts = reasons.slice(0, MAX_REASONS).map(({ problem, count, dns }) => {
      const rest = count > dns.length ? ` and ${count - dns.length} more` : "";
      return `${count} ${describeUnusable(problem)}: ${dns.join(" · ")}${rest}`;
    });
    const others = reasons.length - parts.length;
    return `${this.#count} cannot be used: ${parts.join("; ")}${others > 0 ? `; and ${others} other reasons` : ""}`;
  }

  /** Says what to do about the most frequent reason. */
  advise(dialect: DialectName): string {
    const [first] = this.#reasons();
    return first === undefined ? "" : adviseOnUnusable(first.problem, dialect);
  }

  #reasons() {
    return [...this.#byReason.values()].sort((a, b) => b.count - a.count);
  }
}
