/** A scripted cloud for the agent's unit tests of sync: records every frame and answers as told. */
import type { SyncLink } from "../../agent/sync/batch-sender.ts";
import { AppError } from "../../shared/errors.ts";
import {
  type AgentBody,
  type AgentFrameType,
  type CloudBody,
  NO_COUNTS,
  type SyncChange,
} from "../../shared/protocol/frames.ts";

export interface RecordingCloud extends SyncLink {
  readonly frames: { readonly type: AgentFrameType; readonly body: unknown }[];
  readonly batches: AgentBody<"sync.batch">[];
  readonly changes: SyncChange[];
  bodyOf<T extends AgentFrameType>(type: T): AgentBody<T> | undefined;
}

export interface CloudScript {
  readonly begun?: Partial<CloudBody<"sync.begun">>;
  readonly finished?: Partial<CloudBody<"sync.finished">>;
  /** Ids that the cloud does not know when they are named as present. */
  readonly unknown?: readonly string[];
  /** Ids that another source has. */
  readonly otherSource?: readonly string[];
  /** Called before a request is answered. Throws the cloud's refusal, or delays the answer. */
  readonly before?: (type: AgentFrameType, body: unknown) => Promise<void> | void;
}

export function recordingCloud({
  begun,
  finished,
  before,
  unknown = [],
  otherSource = [],
}: CloudScript = {}): RecordingCloud {
  const frames: RecordingCloud["frames"] = [];
  const bodiesOf = <T extends AgentFrameType>(type: T): AgentBody<T>[] =>
    frames.filter((frame) => frame.type === type).map((frame) => frame.body as AgentBody<T>);
  const unknownIds = (changes: readonly SyncChange[]): string[] =>
    changes.flatMap((change) =>
      change.kind === "present" ? change.ids.filter((id) => unknown.includes(id)) : [],
    );
  const isSent = ({ changes }: AgentBody<"sync.batch">, id: string): boolean =>
    changes.some((change) => change.kind === "user" && change.user.id === id);
  let read = 0;
  let rejected = 0;

  const answer = (type: string, body: unknown) => {
    const { runId = "", sequence = 0 } = body as { runId?: string; sequence?: number };
    const counts = { ...NO_COUNTS, read, rejected };
    switch (type) {
      case "sync.begin":
        return { type: "sync.begun", body: { runId, cursor: null, users: 0, userId: null, ...begun } };
      case "sync.batch":
        for (const { kind } of (body as AgentBody<"sync.batch">).changes) {
          if (kind === "rejected") rejected++;
          if (kind !== "gone" && kind !== "unusable" && kind !== "other_source") read++;
        }
        return {
          type: "sync.ack",
          body: {
            runId,
            sequence,
            counts: { ...counts, read, rejected },
            unknown: unknownIds((body as AgentBody<"sync.batch">).changes),
            otherSource: otherSource.filter((id) => isSent(body as AgentBody<"sync.batch">, id)),
          },
        };
      case "sync.finish":
        return { type: "sync.finished", body: { runId, state: "done", counts, held: 0, ...finished } };
      case "sync.fail":
        return { type: "sync.finished", body: { runId, state: "failed", counts, held: 0 } };
      default:
        throw new AppError("PROTOCOL_INVALID_FRAME", `${type} is not expected`);
    }
  };

  return {
    frames,
    get batches() {
      return bodiesOf("sync.batch");
    },
    get changes() {
      return bodiesOf("sync.batch").flatMap((batch) => batch.changes);
    },
    bodyOf: (type) => bodiesOf(type).at(-1),
    send: ((type: AgentFrameType, body: unknown) => {
      frames.push({ type, body });
    }) as SyncLink["send"],
    request: (async (type: AgentFrameType, body: unknown) => {
      frames.push({ type, body });
      await before?.(type, body);
      return answer(type, body);
    }) as unknown as SyncLink["request"],
  };
}
