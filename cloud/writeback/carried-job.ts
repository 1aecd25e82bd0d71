/**
 * One job that this node handles, from taking it until it is decided or returned to the queue.
 *
 *                   offer()                  offer()
 *   ● ─► unplaced ───────────► offered ◄───────────────┐
 *           │                     │  withdraw()        │
 *           │ recordAnswered()    └────────────► elsewhere
 *           └──────────────────────────────────────►──┘
 *   unplaced, offered, elsewhere ── decide() ─► decided
 *
 *   unplaced   Just taken: the job record has not been asked yet whether an offer may be made. Uses a credit of the source,
 *              whichever agent will get the job. Left when the record answers.
 *   offered    An agent of this node has the offer. Uses a credit of its session. Left when the session ends, when no agent
 *              here takes the job any more, or when another job of the same user goes first.
 *   elsewhere  The record has answered, and no agent of this node has the offer. Uses no credit. Left by the next offer.
 *   decided    The record is final. Uses no credit. Never left: the delivery drops the job.
 *
 * The record is the authority. This state only counts credits and tells the delivery what to do next.
 */
import type { QueuedJob } from "./job-queues.ts";
import type { OfferSession } from "./writeback-service.ts";

type State =
  | { readonly name: "unplaced" | "elsewhere" | "decided" }
  | { readonly name: "offered"; readonly session: OfferSession };

export class CarriedJob {
  readonly tenantId: string;
  readonly source: number;
  readonly jobId: string;
  /** The lock on the job in the queue. Null when the job was taken up because its agent connected again. */
  queued: QueuedJob | null = null;
  /** Session of an agent that has just connected and held this job before. It is offered the job before all others. */
  reconnected: OfferSession | null = null;
  #state: State = { name: "unplaced" };

  constructor(tenantId: string, source: number, jobId: string) {
    this.tenantId = tenantId;
    this.source = source;
    this.jobId = jobId;
  }

  get state(): State["name"] {
    return this.#state.name;
  }

  /** The session that has the offer, and whose credit the job uses. */
  get holder(): OfferSession | null {
    return this.#state.name === "offered" ? this.#state.session : null;
  }

  /** False when the job was decided meanwhile: then no offer may be sent. */
  offer(session: OfferSession): boolean {
    if (this.#state.name === "decided") return false;
    this.#state = { name: "offered", session };
    return true;
  }

  recordAnswered(): void {
    if (this.#state.name === "unplaced") this.#state = { name: "elsewhere" };
  }

  withdraw(): void {
    if (this.#state.name === "offered") this.#state = { name: "elsewhere" };
  }

  decide(): void {
    this.#state = { name: "decided" };
  }
}
