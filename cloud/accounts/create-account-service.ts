/** Asks the approved agents of the user's source one after the other until one answers, those of this node first. */
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
import { failedSignIns } from "../limits/requests.ts";
import type { Limits } from "../store/limits.ts";
import type { UserStore } from "../store/users.ts";
import type { AccountService, AccountView, SignInSubmission, SignInVerdict } from "./account-service.ts";
import { missingIn, type SourceSuffix } from "./missing-groups.ts";
import { createReachableAgents, type ReachableAgent, type ReachableAgentsDeps } from "./reachable-agents.ts";

export interface AccountServiceDeps extends ReachableAgentsDeps {
  readonly users: Pick<UserStore, "sourceOf">;
  /** Numbers of the tenant's sources. */
  readonly sourceNumbers: (tenantId: string) => Promise<readonly number[]>;
  /** The naming contexts of the tenant's sources. */
  readonly sourceSuffixes: (tenantId: string) => Promise<readonly SourceSuffix[]>;
  /** Name of this node, whose own agents are asked first. */
  readonly node: string;
  readonly agentLine: Pick<AgentLine, "ask">;
  readonly limits: Pick<Limits, "take">;
  /** The key that jobs are signed with. Agents have known its public half since their enrolment. */
  readonly issuer: SigningKey;
  readonly clock: Clock;
}

const sealsSchema = z.array(sealedPasswordSchema).max(MAX_RECIPIENTS);
/** Look-ups are answered at multiples of this time; an agent needs a few milliseconds for one. */
const LOOK_STEP_MS = 50;
const ORDER_TTL_MS = 2 * MINUTE_MS;
/** The clocks of two nodes may differ by this much. */
const CLOCK_TOLERANCE_MS = 10_000;

/** Errors after which another agent is asked. PROTOCOL_INVALID_FRAME: the agent is too old to know the request. */
const ASK_ANOTHER: ReadonlySet<ErrorCode> = new Set([
  "LINK_CLOSED",
  "AGENT_OFFLINE",
  "AGENT_NOT_APPROVED",
  "RATE_LIMITED",
  "NOT_SEALED_TO_AGENT",
  "DIRECTORY_UNAVAILABLE",
  "PROTOCOL_INVALID_FRAME",
]);
/** Errors after which it is not known whether the agent tried the password. */
const MAY_HAVE_BEEN_TRIED: ReadonlySet<ErrorCode> = new Set(["TIMEOUT", "DIRECTORY_TIMEOUT"]);
/** Errors that the caller gets as AGENT_OFFLINE. */
const MEANS_OFFLINE: ReadonlySet<ErrorCode> = new Set([
  "LINK_CLOSED",
  "AGENT_NOT_APPROVED",
  "RATE_LIMITED",
  "PROTOCOL_INVALID_FRAME",
]);

export function createAccountService(deps: AccountServiceDeps): AccountService {
  const { node, users, agentLine, limits, issuer, clock } = deps;
  const reachableAgents = createReachableAgents(deps);

  /** Throws AGENT_OFFLINE. */
  async function reachable(
    tenantId: string,
    source: number | null,
    suite?: Suite,
  ): Promise<readonly ReachableAgent[]> {
    const agents = await reachableAgents.of(tenantId, source, suite);
    if (agents.length > 0) return agents;
    reachableAgents.forget(tenantId, source); // an agent may have connected since the answer was cached
    const now = await reachableAgents.of(tenantId, source, suite);
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

  /**
   * Asks each agent of the user's source. If none is connected where it was, finds out once more where the agents are
   * connected, and asks again.
   */
  async function askAny<T>(
    tenantId: string,
    userId: string,
    ask: (agent: ReachableAgent) => Promise<T>,
  ): Promise<T> {
    const source = await users.sourceOf(tenantId, userId);
    try {
      return await askEach(await reachable(tenantId, source), ask);
    } catch (error) {
      const fault = toAppError(error);
      if (fault.code !== "AGENT_OFFLINE" && fault.code !== "LINK_CLOSED") throw asOffline(fault);
      reachableAgents.forget(tenantId, source);
      return askEach(await reachable(tenantId, source), ask).catch((again: unknown) => {
        throw asOffline(toAppError(again));
      });
    }
  }

  async function withoutGroupsElsewhere(
    tenantId: string,
    userId: string,
    view: AccountView,
  ): Promise<AccountView> {
    if (view.missingGroups === undefined) return view;
    const source = await users.sourceOf(tenantId, userId);
    const missingGroups = missingIn(source, await deps.sourceSuffixes(tenantId), view.missingGroups);
    return { ...view, missingGroups };
  }

  function orderFor(tenantId: string, userId: string): { order: SignInOrder; token: string } {
    const [checkId, issuedAt] = [newId(), clock.now()];
    const subject = signInSubject(checkId, userId);
    const order = { checkId, tenantId, subject, issuedAt, notAfter: issuedAt + ORDER_TTL_MS };
    return { order, token: signSignInOrder(issuer, order) };
  }

  /** Throws WRITEBACK_DRAFT_INVALID, also for the draft of another user. */
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
   * Counts the attempt as a failure before the password is tried, so that concurrent attempts cannot pass the limit, and takes
   * the count back when the password was right or no agent could try it.
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
      verdict = await askAny(tenantId, userId, async (agent) =>
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
    // An agent that does not try the password, because the account is nearly locked in its directory, would reveal that
    // the account exists. Its answer therefore looks and counts like any other refusal. "too_many" comes only from the
    // counter above, which treats all names alike.
    return !verdict.ok && verdict.reason === "too_many" ? { ok: false, reason: "locked" } : verdict;
  }

  return {
    async available(tenantId) {
      for (const source of await deps.sourceNumbers(tenantId))
        if ((await reachableAgents.of(tenantId, source)).length > 0) return true;
      return false;
    },

    /**
     * Answers at the next multiple of LOOK_STEP_MS. An agent needs fewer searches for an account that does not exist.
     * The next step of a reset would then begin sooner, and the timing of the visitor's next request could reveal that.
     */
    async look(tenantId, userId, groups) {
      const askedAt = clock.monotonicMs();
      try {
        const view = await askAny(tenantId, userId, (agent) =>
          agentLine.ask(tenantId, agent, "account.look", { userId, groups: [...groups] }),
        );
        return await withoutGroupsElsewhere(tenantId, userId, view);
      } finally {
        await clock.sleep(LOOK_STEP_MS - ((clock.monotonicMs() - askedAt) % LOOK_STEP_MS));
      }
    },

    async draftSignIn(tenantId, userId, suite) {
      const agents = await reachable(tenantId, await users.sourceOf(tenantId, userId), suite);
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
      if (!sealed.success)
        throw new AppError("SEAL_INVALID", "The request does not contain a sealed password.");
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
