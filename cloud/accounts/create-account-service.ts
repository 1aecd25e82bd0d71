/** Account questions over whichever approved agent answers: this node's own first, the next one when the first is gone. */
import { z } from "zod";
import type { Clock } from "../../shared/clock.ts";
import { MINUTE_MS } from "../../shared/durations.ts";
import { AppError, type ErrorCode, toAppError } from "../../shared/errors.ts";
import { newId } from "../../shared/ids.ts";
import type { CloudBody } from "../../shared/protocol/frames.ts";
import type { Suite } from "../../shared/sealing/hpke-suite.ts";
import {
  MAX_RECIPIENTS,
  type SealedPassword,
  sealedPasswordSchema,
  type SealingKeyRecord,
} from "../../shared/sealing/job.ts";
import {
  isSignInFor,
  isSignInOrderAuthentic,
  sealSignIn,
  type SignInOrder,
  signInOrderSchema,
  signInSubject,
  signSignInOrder,
} from "../../shared/sealing/sign-in.ts";
import type { SigningKey } from "../../shared/sealing/signing-key.ts";
import type { AgentLine } from "../gateway/agent-line.ts";
import { failedSignIns } from "../limits/counters.ts";
import type { Limits } from "../store/limits.ts";
import type { AccountService, SignInSubmission, SignInVerdict } from "./account-service.ts";
import { createReachableAgents, type ReachableAgent, type ReachableAgentsDeps } from "./reachable-agents.ts";

export interface AccountServiceDeps extends ReachableAgentsDeps {
  /** The name of this node: its own agents are asked first. */
  readonly node: string;
  readonly agentLine: Pick<AgentLine, "ask">;
  readonly limits: Pick<Limits, "take">;
  /** The key that jobs are signed with: agents know its public half since their enrolment. */
  readonly issuer: SigningKey;
  readonly clock: Clock;
}

const sealsSchema = z.array(sealedPasswordSchema).max(MAX_RECIPIENTS);
/** Looking takes an agent a few milliseconds, or a few more. */
const LOOK_STEP_MS = 50;
const ORDER_TTL_MS = 2 * MINUTE_MS;
/** Nodes' clocks differ a little. */
const CLOCK_TOLERANCE_MS = 10_000;

/** What says that this agent did not do it, and another one may. PROTOCOL_INVALID_FRAME: it is too old to know the question. */
const ASK_ANOTHER: ReadonlySet<ErrorCode> = new Set([
  "LINK_CLOSED",
  "AGENT_OFFLINE",
  "AGENT_NOT_APPROVED",
  "RATE_LIMITED",
  "NOT_SEALED_TO_AGENT",
  "DIRECTORY_UNAVAILABLE",
  "PROTOCOL_INVALID_FRAME",
]);
/** After these it is not known. */
const MAY_HAVE_BEEN_TRIED: ReadonlySet<ErrorCode> = new Set(["TIMEOUT", "DIRECTORY_TIMEOUT"]);
/** What the caller need not tell apart. */
const MEANS_OFFLINE: ReadonlySet<ErrorCode> = new Set([
  "LINK_CLOSED",
  "AGENT_NOT_APPROVED",
  "RATE_LIMITED",
  "PROTOCOL_INVALID_FRAME",
]);

export function createAccountService(deps: AccountServiceDeps): AccountService {
  const { node, agentLine, limits, issuer, clock } = deps;
  const reachableAgents = createReachableAgents(deps);

  /** Throws AGENT_OFFLINE. */
  async function reachable(tenantId: string, suite?: Suite): Promise<readonly ReachableAgent[]> {
    const agents = await reachableAgents.of(tenantId, suite);
    if (agents.length > 0) return agents;
    reachableAgents.forget(tenantId); // one may have come since
    const now = await reachableAgents.of(tenantId, suite);
    if (now.length === 0) throw new AppError("AGENT_OFFLINE");
    return now;
  }

  /** Asks one agent after the other until one answers. */
  async function askEach<T>(
    agents: readonly ReachableAgent[],
    ask: (agent: ReachableAgent) => Promise<T>,
  ): Promise<T> {
    const ownFirst = [...agents].sort((a, b) => Number(b.node === node) - Number(a.node === node));
    let fault = new AppError("AGENT_OFFLINE");
    for (const agent of ownFirst)
      try {
        return await ask(agent);
      } catch (error) {
        fault = toAppError(error);
        if (!ASK_ANOTHER.has(fault.code)) throw fault;
      }
    throw fault;
  }

  /** Once more where they are now, when all of them have gone from where they were. */
  async function askAny<T>(tenantId: string, ask: (agent: ReachableAgent) => Promise<T>): Promise<T> {
    try {
      return await askEach(await reachable(tenantId), ask);
    } catch (error) {
      const fault = toAppError(error);
      if (fault.code !== "AGENT_OFFLINE" && fault.code !== "LINK_CLOSED") throw asOffline(fault);
      reachableAgents.forget(tenantId);
      return askEach(await reachable(tenantId), ask).catch((again: unknown) => {
        throw asOffline(toAppError(again));
      });
    }
  }

  function orderFor(tenantId: string, userId: string): { order: SignInOrder; token: string } {
    const [checkId, issuedAt] = [newId(), clock.now()];
    const subject = signInSubject(checkId, userId);
    const order = { checkId, tenantId, subject, issuedAt, notAfter: issuedAt + ORDER_TTL_MS };
    return { order, token: signSignInOrder(issuer, order) };
  }

  /** A draft for one person never signs in another. */
  function checkDraft(
    tenantId: string,
    { userId, order, token }: Extract<SignInSubmission, { kind: "sealed" }>,
  ): SignInOrder {
    const parsed = signInOrderSchema.safeParse(order);
    const isGood =
      parsed.success &&
      parsed.data.tenantId === tenantId &&
      isSignInFor(parsed.data, userId) &&
      parsed.data.notAfter + CLOCK_TOLERANCE_MS >= clock.now() &&
      isSignInOrderAuthentic(issuer.publicKey, parsed.data, token);
    if (!isGood) throw new AppError("WRITEBACK_DRAFT_INVALID");
    return parsed.data;
  }

  /**
   * Its place among the failures is taken before the password is tried, so that many at once are no more than one after the
   * other, and given back when it was right or no agent could try it.
   */
  async function trySignIn(
    { userId, order, token }: Pick<CloudBody<"account.sign_in">, "userId" | "order" | "token">,
    seal: (key: SealingKeyRecord) => Promise<SealedPassword>,
  ): Promise<SignInVerdict> {
    const { tenantId } = order;
    const giveBack = () => limits.take(tenantId, [failedSignIns(userId, -1)]);
    if ((await limits.take(tenantId, [failedSignIns(userId, 1)])) !== null)
      return { ok: false, reason: "too_many" };
    let verdict: SignInVerdict;
    try {
      verdict = await askAny(tenantId, async (agent) =>
        agentLine.ask(tenantId, agent, "account.sign_in", {
          userId,
          order,
          token,
          sealed: await seal(agent.key),
        }),
      );
    } catch (error) {
      if (!MAY_HAVE_BEEN_TRIED.has(toAppError(error).code)) await giveBack();
      throw error;
    }
    if (verdict.ok) await giveBack();
    // An agent that tries nothing (the account is nearly locked over there) says something of an account that exists. It looks
    // and counts like any other refusal; "too many" is what the counter above says, of every name alike (T-01).
    return !verdict.ok && verdict.reason === "too_many" ? { ok: false, reason: "locked" } : verdict;
  }

  return {
    available: async (tenantId) => (await reachableAgents.of(tenantId)).length > 0,

    /**
     * Answered at the next of fixed moments: an agent needs fewer searches for an account that is not there, and what a reset does
     * next would begin sooner, beside the visitor's next request (T-01).
     */
    async look(tenantId, userId, groups) {
      const askedAt = clock.monotonicMs();
      try {
        return await askAny(tenantId, (agent) =>
          agentLine.ask(tenantId, agent, "account.look", { userId, groups: [...groups] }),
        );
      } finally {
        await clock.sleep(LOOK_STEP_MS - ((clock.monotonicMs() - askedAt) % LOOK_STEP_MS));
      }
    },

    async draftSignIn(tenantId, userId, suite) {
      const agents = await reachable(tenantId, suite);
      return { ...orderFor(tenantId, userId), recipients: agents.map(({ key }) => key) };
    },

    async signIn(tenantId, submission) {
      if (submission.kind === "plain") {
        const { userId, password } = submission;
        const { order, token } = orderFor(tenantId, userId);
        return trySignIn({ userId, order, token }, (key) => sealSignIn(order, key, password));
      }
      const { userId, token } = submission;
      const order = checkDraft(tenantId, submission);
      const sealed = sealsSchema.safeParse(submission.sealed);
      if (!sealed.success) throw new AppError("SEAL_INVALID", "What was sent is not a sealed password.");
      const byAgent = new Map(sealed.data.map((seal) => [seal.agentId, seal]));
      return trySignIn({ userId, order, token }, ({ agentId }) => {
        const seal = byAgent.get(agentId);
        return seal === undefined
          ? Promise.reject(new AppError("NOT_SEALED_TO_AGENT"))
          : Promise.resolve(seal);
      });
    },
  };
}

const asOffline = (fault: AppError): AppError =>
  MEANS_OFFLINE.has(fault.code) ? new AppError("AGENT_OFFLINE", undefined, { cause: fault }) : fault;
