/** The agents' sessions on this node. */
import type { LiveSession } from "./live-session.ts";

export class SessionRegistry {
  /** Every session from its welcome to its end, by session id. */
  readonly #all = new Map<string, LiveSession>();
  /** The ready sessions, by tenant and agent. A session that a newer one of its agent has replaced is no longer here. */
  readonly #ready = new Map<string, Map<string, LiveSession>>();

  get size(): number {
    return this.#all.size;
  }

  add(session: LiveSession): void {
    this.#all.set(session.sessionId, session);
  }

  addReady(session: LiveSession): void {
    const ofTenant = this.#ready.get(session.tenantId) ?? new Map<string, LiveSession>();
    this.#ready.set(session.tenantId, ofTenant.set(session.agentId, session));
  }

  remove(session: LiveSession): void {
    this.#all.delete(session.sessionId);
    const ofTenant = this.#ready.get(session.tenantId);
    if (ofTenant?.get(session.agentId) !== session) return;
    ofTenant.delete(session.agentId);
    if (ofTenant.size === 0) this.#ready.delete(session.tenantId);
  }

  byId(sessionId: string): LiveSession | undefined {
    return this.#all.get(sessionId);
  }

  /** Returns a copy, because sessions may end during an iteration. */
  all(): LiveSession[] {
    return [...this.#all.values()];
  }

  ready(tenantId: string, agentId: string): LiveSession | undefined {
    return this.#ready.get(tenantId)?.get(agentId);
  }

  allReady(tenantId: string): LiveSession[] {
    return [...(this.#ready.get(tenantId)?.values() ?? [])];
  }
}
