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
import type { UserStore } from "../store/users.ts";
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
  /** One key of each approved agent of the source that can write back. */
  recipients(tenantId: string, source: number | null, suite?: Suite): Promise<readonly SealingKeyRecord[]>;
}

/** The tenant's agents on all live nodes. */
export type ConnectedAgents = (
  tenantId: string,
) => Promise<readonly { readonly agentId: string; readonly node: string }[]>;

export interface PreparedJob {
  readonly job: SignedJob;
  /** The user's source. The passwords are sealed to its agents only. */
  readonly source: number;
}

export interface Drafting {
  /** Throws AGENT_OFFLINE. */
  draft(tenantId: string, request: WritebackRequest, suite?: Suite): Promise<WritebackDraft>;
  /** Throws like WritebackService.submit, except for the errors that come from the store. */
  prepare(tenantId: string, submission: Submission): Promise<PreparedJob>;
  /** Equal for equal submissions. Reveals nothing about a password without the issuer key. */
  digest(submission: Submission): string;
}

export function createDrafting(deps: {
  readonly jobs: JobStore;
  readonly agents: WritebackAgents;
  readonly users: Pick<UserStore, "sourceOf">;
  /** Agents of this node: if one of them is a recipient, the agents of other nodes need not be looked up. */
  readonly agentsHere: (tenantId: string) => readonly { readonly agentId: string }[];
  readonly connectedAgents: ConnectedAgents;
  readonly issuer: Issuer;
  readonly ttlMs: number;
}): Drafting {
  const { jobs, agents, users, agentsHere, connectedAgents, issuer } = deps;

  /** The user's source, and the keys of all agents that a job may go to. At least one of them is connected to some node. */
  async function reachable(tenantId: string, userId: string, suite?: Suite): Promise<Reachable> {
    const source = await users.sourceOf(tenantId, userId);
    if (source === null) throw new AppError("AGENT_OFFLINE");
    const recipients = await agents.recipients(tenantId, source, suite);
    if (anyConnected(recipients, agentsHere(tenantId))) return { source, recipients };
    const connected = await connectedAgents(tenantId);
    if (anyConnected(recipients, connected)) return { source, recipients };
    throw new AppError(
      "AGENT_OFFLINE",
      connected.length === 0
        ? undefined
        : "Agents of this tenant are connected, but none of them serves the user's directory, is approved and able to write back. Check: latchkey agent list",
    );
  }

  async function orderFor(
    tenantId: string,
    request: WritebackRequest,
    suite?: Suite,
  ): Promise<Omit<WritebackDraft, "token"> & { readonly source: number }> {
    const [{ source, recipients }, { sequence, now }] = await Promise.all([
      reachable(tenantId, request.userId, suite),
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
    return { order, source, recipients: operation === "unlock" ? [] : recipients };
  }

  async function draft(tenantId: string, request: WritebackRequest, suite?: Suite): Promise<WritebackDraft> {
    const { order, recipients } = await orderFor(tenantId, request, suite);
    return { order, recipients, token: issuer.draftToken(order) };
  }

  async function prepareSealed(
    tenantId: string,
    { order, token, sealed }: SealedSubmission,
  ): Promise<PreparedJob> {
    const parsed = jobOrderSchema.safeParse(order);
    if (!parsed.success || order.tenantId !== tenantId || !issuer.isOwnDraft(parsed.data, token))
      throw new AppError("WRITEBACK_DRAFT_INVALID");
    const { source, recipients } = await reachable(tenantId, order.userId);
    if ((order.operation === "unlock") !== (sealed.length === 0))
      throw new AppError(
        "REQUEST_INVALID",
        "A reset or a change needs sealed passwords, an unlock carries none.",
      );
    if (order.operation === "unlock") return { source, job: issuer.sign(parsed.data, []) };

    const allowed = new Set(recipients.map(({ agentId }) => agentId));
    const byAgent = new Map<string, SealedPassword>();
    for (const seal of sealed)
      if (allowed.has(seal.agentId)) byAgent.set(seal.agentId, sealedPasswordSchema.parse(seal));
    const seals = [...byAgent.values()];
    if (!anyConnected(seals, agentsHere(tenantId)) && !anyConnected(seals, await connectedAgents(tenantId)))
      throw new AppError("NOT_SEALED_TO_AGENT");
    return { source, job: issuer.sign(parsed.data, seals) };
  }

  async function preparePlain(
    tenantId: string,
    { request, passwords }: PlainSubmission,
  ): Promise<PreparedJob> {
    checkPasswords(request.operation, passwords);
    const { order, source, recipients } = await orderFor(tenantId, request);
    if (passwords === null) return { source, job: issuer.sign(order, []) };
    return { source, job: issuer.sign(order, await sealForAll(order, recipients, passwords)) };
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

interface Reachable {
  readonly source: number;
  readonly recipients: readonly SealingKeyRecord[];
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
