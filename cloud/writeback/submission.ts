/** Turns a request into a signed job: recipients, order, seals. Stores nothing but the user's sequence number. */
import { AppError } from "../../shared/errors.ts";
import { newId } from "../../shared/ids.ts";
import type { Suite } from "../../shared/sealing/hpke-suite.ts";
import {
  type JobOrder,
  jobOrderSchema,
  type SealedPassword,
  sealedPasswordSchema,
  type SealingKeyRecord,
  type SignedJob,
} from "../../shared/sealing/job.ts";
import type { Passwords } from "../../shared/sealing/password.ts";
import type { Operation } from "../../shared/writeback.ts";
import type { JobStore } from "../store/jobs.ts";
import type { Issuer } from "./issuer.ts";
import { sealForAll } from "./seal-draft.ts";
import type {
  PlainSubmission,
  SealedSubmission,
  Submission,
  WritebackDraft,
  WritebackRequest,
} from "./writeback-service.ts";

/** The part of AgentStore that drafting needs. */
export interface WritebackAgents {
  /** One key of each approved agent that can write back. */
  recipients(tenantId: string, suite?: Suite): Promise<readonly SealingKeyRecord[]>;
}

/** The tenant's agents on all live nodes. */
export type ConnectedAgents = (
  tenantId: string,
) => Promise<readonly { readonly agentId: string; readonly node: string }[]>;

export interface Drafting {
  /** Throws AGENT_OFFLINE. */
  draft(tenantId: string, request: WritebackRequest, suite?: Suite): Promise<WritebackDraft>;
  /** Throws like WritebackService.submit, except for the errors that come from the store. */
  prepare(tenantId: string, submission: Submission): Promise<SignedJob>;
  /** Equal for equal submissions. Reveals nothing about a password without the issuer key. */
  digest(submission: Submission): string;
}

export function createDrafting(deps: {
  readonly jobs: JobStore;
  readonly agents: WritebackAgents;
  /** Agents of this node: if one of them is a recipient, the agents of other nodes need not be looked up. */
  readonly agentsHere: (tenantId: string) => readonly { readonly agentId: string }[];
  readonly connectedAgents: ConnectedAgents;
  readonly issuer: Issuer;
  readonly ttlMs: number;
}): Drafting {
  const { jobs, agents, agentsHere, connectedAgents, issuer } = deps;

  /** The keys of all agents that a job may go to. At least one of them is connected to some node. */
  async function reachable(tenantId: string, suite?: Suite): Promise<readonly SealingKeyRecord[]> {
    const recipients = await agents.recipients(tenantId, suite);
    if (anyConnected(recipients, agentsHere(tenantId))) return recipients;
    const connected = await connectedAgents(tenantId);
    if (anyConnected(recipients, connected)) return recipients;
    throw new AppError(
      "AGENT_OFFLINE",
      connected.length === 0
        ? undefined
        : "Agents of this tenant are connected, but none of them is approved and able to write back. Check: latchkey agent list",
    );
  }

  async function orderFor(
    tenantId: string,
    request: WritebackRequest,
    suite?: Suite,
  ): Promise<Omit<WritebackDraft, "token">> {
    const [recipients, { sequence, now }] = await Promise.all([
      reachable(tenantId, suite),
      jobs.allot(tenantId, request.userId),
    ]);
    const { operation } = request;
    const order: JobOrder = {
      jobId: newId(),
      tenantId,
      operation,
      userId: request.userId,
      userSequence: sequence,
      issuedAt: now,
      notAfter: now + deps.ttlMs,
      mustChange: operation === "reset" && request.mustChange,
      unlock: operation === "unlock" || (operation === "reset" && request.unlock),
      methods: [...request.methods],
    };
    return { order, recipients: operation === "unlock" ? [] : recipients };
  }

  async function draft(tenantId: string, request: WritebackRequest, suite?: Suite): Promise<WritebackDraft> {
    const made = await orderFor(tenantId, request, suite);
    return { ...made, token: issuer.draftToken(made.order) };
  }

  async function prepareSealed(
    tenantId: string,
    { order, token, sealed }: SealedSubmission,
  ): Promise<SignedJob> {
    const parsed = jobOrderSchema.safeParse(order);
    if (!parsed.success || order.tenantId !== tenantId || !issuer.isOwnDraft(parsed.data, token))
      throw new AppError("WRITEBACK_DRAFT_INVALID");
    const recipients = await reachable(tenantId);
    if ((order.operation === "unlock") !== (sealed.length === 0))
      throw new AppError(
        "REQUEST_INVALID",
        "A reset or a change needs sealed passwords, an unlock carries none.",
      );
    if (order.operation === "unlock") return issuer.sign(parsed.data, []);

    const allowed = new Set(recipients.map(({ agentId }) => agentId));
    const byAgent = new Map<string, SealedPassword>();
    for (const seal of sealed)
      if (allowed.has(seal.agentId)) byAgent.set(seal.agentId, sealedPasswordSchema.parse(seal));
    const seals = [...byAgent.values()];
    if (!anyConnected(seals, agentsHere(tenantId)) && !anyConnected(seals, await connectedAgents(tenantId)))
      throw new AppError("NOT_SEALED_TO_AGENT");
    return issuer.sign(parsed.data, seals);
  }

  async function preparePlain(tenantId: string, { request, passwords }: PlainSubmission): Promise<SignedJob> {
    checkPasswords(request.operation, passwords);
    const { order, recipients } = await orderFor(tenantId, request);
    if (passwords === null) return issuer.sign(order, []);
    return issuer.sign(order, await sealForAll(order, recipients, passwords));
  }

  return {
    draft,
    prepare: (tenantId, submission) =>
      submission.kind === "sealed" ? prepareSealed(tenantId, submission) : preparePlain(tenantId, submission),
    digest(submission) {
      if (submission.kind === "sealed")
        return issuer.digest("sealed", [
          submission.token,
          ...submission.sealed.map(({ enc, ciphertext }) => `${enc}.${ciphertext}`),
        ]);
      const { request, passwords } = submission;
      return issuer.digest("plain", [
        request.userId,
        request.operation,
        String(request.mustChange),
        String(request.unlock),
        request.methods.join(","),
        passwords?.newPassword.reveal() ?? "",
        passwords?.oldPassword?.reveal() ?? "",
      ]);
    },
  };
}

const anyConnected = (
  recipients: readonly { readonly agentId: string }[],
  connected: readonly { readonly agentId: string }[],
): boolean => recipients.some(({ agentId }) => connected.some((agent) => agent.agentId === agentId));

function checkPasswords(operation: Operation, passwords: Passwords | null): void {
  const hasOld = passwords?.oldPassword !== undefined;
  if ((operation === "unlock") !== (passwords === null) || (operation === "change") !== hasOld)
    throw new AppError(
      "REQUEST_INVALID",
      "A reset needs the new password, a change the old and the new one, an unlock none.",
    );
  if (passwords?.newPassword.reveal() === "" || passwords?.oldPassword?.reveal() === "")
    throw new AppError("PASSWORD_EMPTY");
}
