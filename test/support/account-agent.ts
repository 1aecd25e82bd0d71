/** Answers questions about accounts over a real agent link; the test provides the directory. */
import { Accounts, type AccountsDeps } from "../../agent/account/accounts.ts";
import type { AccountService } from "../../cloud/accounts/account-service.ts";
import { createAccountService } from "../../cloud/accounts/create-account-service.ts";
import { startAgentLine } from "../../cloud/gateway/agent-line.ts";
import { createLimits } from "../../cloud/store/limits.ts";
import { createSourceStore, sourceNumbers } from "../../cloud/store/sources.ts";
import { createUserStore } from "../../cloud/store/users.ts";
import { systemClock } from "../../shared/clock.ts";
import { silentLogger } from "../../shared/logger.ts";
import type { Closable } from "../../shared/shutdown.ts";
import { type AgentLink, startAgentLink } from "./agent-link.ts";
import type { GatewayNode } from "./gateway-node.ts";

export interface AccountAgent extends AgentLink {
  readonly tenantId: string;
}

export interface AccountAgentOptions {
  readonly directory: AccountsDeps["directory"];
  readonly tenantId?: string;
  readonly signIn?: Partial<AccountsDeps["config"]["signIn"]>;
  /** Replaces the agent's own answers. */
  readonly answers?: Partial<Pick<Accounts, "look" | "signIn">>;
  /** Approved when left out. */
  readonly approved?: boolean;
}

/** Enrols, approves and connects an agent. */
export async function startAccountAgent(
  node: GatewayNode,
  options: AccountAgentOptions,
): Promise<AccountAgent> {
  let accounts: Accounts | undefined = undefined;
  const own = (): Accounts => {
    if (accounts === undefined) throw new Error("the agent is still starting");
    return accounts;
  };
  const agent = await startAgentLink(node, {
    ...(options.tenantId === undefined ? {} : { tenantId: options.tenantId }),
    ...(options.approved === undefined ? {} : { approved: options.approved }),
    handlers: {
      accountLook: (body) => options.answers?.look?.(body) ?? own().look(body),
      accountSignIn: (body) => options.answers?.signIn?.(body) ?? own().signIn(body),
    },
  });
  accounts = new Accounts({
    config: {
      signIn: { tries: 2, windowMinutes: 30, maxPerMinute: 300, ...options.signIn },
    },
    directory: options.directory,
    identity: agent.identity,
    sealingKeys: agent.sealingKeys,
    isApproved: () => agent.link.state.approved === true,
    log: silentLogger,
    clock: systemClock,
  });
  await agent.ready();
  return { ...agent, tenantId: agent.identity.tenantId };
}

/** The account service of this node. */
export function startAccountsOn(node: GatewayNode): AccountService & Closable {
  const agentLine = startAgentLine({
    bus: node.bus,
    session: (tenantId, agentId) => node.gateway.session(tenantId, agentId),
    log: silentLogger,
  });
  const accounts = createAccountService({
    node: node.node,
    users: createUserStore({ store: node.store }),
    sourceNumbers: (tenantId) => sourceNumbers(node.store, tenantId),
    sourceSuffixes: async (tenantId) =>
      (await createSourceStore({ store: node.store }).list(tenantId)).map(({ number, identity }) => ({
        number,
        suffix: identity.suffix,
      })),
    agentLine,
    presentAgents: (tenantId) => node.gateway.presentAgents(tenantId),
    agents: node.agents,
    limits: createLimits({ store: node.store }),
    issuer: node.issuerKey,
    clock: systemClock,
  });
  return { ...accounts, close: () => agentLine.close() };
}
