/** Seals passwords in the cloud, for callers that cannot do it themselves. */
import type { JobOrder, SealedPassword, SealingKeyRecord } from "../../shared/sealing/job.ts";
import { type Passwords, sealPassword } from "../../shared/sealing/password.ts";
import type { SealedSubmission, WritebackDraft } from "./writeback-service.ts";

/** An order and the passwords sealed for it, ready to be submitted. */
export type SealedOrder = Pick<SealedSubmission, "order" | "token" | "sealed">;

/** Seals the passwords to each recipient. */
export const sealForAll = (
  order: JobOrder,
  recipients: readonly SealingKeyRecord[],
  passwords: Passwords,
): Promise<SealedPassword[]> =>
  Promise.all(recipients.map((recipient) => sealPassword(order, recipient, passwords)));

/** `passwords`: null for `unlock`, which carries none. */
export async function sealDraft(
  { order, token, recipients }: WritebackDraft,
  passwords: Passwords | null,
): Promise<SealedOrder> {
  return { order, token, sealed: passwords === null ? [] : await sealForAll(order, recipients, passwords) };
}
