/**
 * Decides, from reading the account later, whether a write whose answer was lost has happened. Pure. It implements the
 * recovery table of docs/protocol.md.
 */
import type { JobOrder } from "../../shared/sealing/job.ts";
import { type AccountMark, makeVerdict, type Verdict } from "../../shared/writeback.ts";
import type { AccountState, SignIn } from "../directory/directory.ts";

export interface Look {
  readonly order: Pick<JobOrder, "operation" | "mustChange" | "unlock">;
  /** The account as the first granted agent saw it; null when that is not known. */
  readonly before: AccountMark | null;
  /** The account now; null when it is gone. */
  readonly account: AccountState | null;
  /** True with a grant that allows writing, within its lease, and without a newer write of the same user. */
  readonly mayWrite: boolean;
}

export type NextStep =
  /** Nothing was written yet, and it may be now. */
  | { readonly kind: "write" }
  /** The account changed: try the new password, once per job, since a wrong password counts towards the lockout. */
  | { readonly kind: "sign_in" }
  /** It cannot be decided yet; reading the account later may help. */
  | { readonly kind: "wait" }
  /** Reading the account again cannot tell more. */
  | { readonly kind: "decided"; readonly verdict: Verdict };

/**
 *   operation      account            server   →
 *   any            gone                          unknown: it cannot be seen whether it was written before it was deleted
 *   any            there, no mark known          unknown
 *   reset, change  mark equal         same       write, if it may be; else wait
 *   reset, change  mark moved         same       sign in
 *   reset, change  mark later         other      sign in (a change that was replicated)
 *   reset, change  mark not later     other      wait (replication may lag)
 *   unlock         not locked         any        applied
 *   unlock         locked as before   same       write, if it may be; else wait
 *   unlock         locked otherwise   same       unknown: unlocked and locked again, or never unlocked
 *   unlock         locked             other      wait
 */
export function decideAfterLook({ order, before, account, mayWrite }: Look): NextStep {
  if (account === null) return { kind: "decided", verdict: unknownVerdict(null) };
  const { mark } = account;
  if (order.operation === "unlock" && !account.locked)
    return { kind: "decided", verdict: appliedVerdict(order, account) };
  if (before === null) return { kind: "decided", verdict: unknownVerdict(mark.server) };

  const isSameServer = mark.server === before.server;
  const writeOrWait: NextStep = isSameServer && mayWrite ? { kind: "write" } : { kind: "wait" };
  if (order.operation === "unlock") {
    if (isSameServer && mark.locked !== before.locked)
      return { kind: "decided", verdict: unknownVerdict(mark.server) };
    return writeOrWait;
  }
  const hasMoved = isSameServer ? mark.changed !== before.changed : isLater(mark.changed, before.changed);
  return hasMoved ? { kind: "sign_in" } : writeOrWait;
}

/** Decides from the one sign-in with the new password. */
export function decideAfterSignIn(
  order: Look["order"],
  account: AccountState,
  signIn: SignIn | null,
): Verdict {
  // The password was changed after this write, or by another write instead. That newer password must not be
  // overwritten.
  if (signIn?.ok !== true) return unknownVerdict(account.mark.server);
  return appliedVerdict(order, account);
}

const appliedVerdict = (order: Look["order"], account: AccountState): Verdict =>
  makeVerdict("applied", null, {
    passwordSet: order.operation !== "unlock",
    unlocked: order.unlock && !account.locked,
    mustChange: account.mustChange,
    server: account.mark.server,
    verified: true,
  });

export const unknownVerdict = (server: string | null): Verdict =>
  makeVerdict("unknown", "VERDICT_UNKNOWN", { server, verified: true });

/** Ticks, GeneralizedTime and CSN all grow in this order. */
const isLater = (text: string, than: string): boolean =>
  text.length === than.length ? text > than : text.length > than.length;
