/**
 * Requests and answers over one link, the same on both sides. A channel owns no socket, and no timers except deadlines.
 */
import { AppError, type ErrorCode, toAppError } from "../errors.ts";
import type { FrameCodec } from "./codec.ts";
import type { AgentFrame, CloudFrame } from "./frames.ts";
import { CLOSE, LIMITS } from "./limits.ts";

/** The part of a WebSocket that a channel uses. */
export interface ChannelSocket {
  readonly bufferedAmount: number;
  send(wire: string | Buffer): void;
  close(code: number, reason: string): void;
  terminate(): void;
}

type Body<F extends AgentFrame | CloudFrame, T extends F["type"]> = Extract<F, { type: T }>["body"];

interface Waiting<In> {
  readonly resolve: (frame: In) => void;
  readonly reject: (error: AppError) => void;
  readonly timer: NodeJS.Timeout;
}

const MAX_LATE = 1_000;

export class Channel<Out extends AgentFrame | CloudFrame, In extends AgentFrame | CloudFrame> {
  readonly #codec: FrameCodec<Out, In>;
  readonly #socket: ChannelSocket;
  readonly #onFrame: (frame: In) => void;
  readonly #waiting = new Map<string, Waiting<In>>();
  /** Requests that timed out, whose answers may still arrive. */
  readonly #late = new Set<string>();
  #closed: AppError | undefined;

  /** `onFrame` receives every frame that is not an answer to a request of this side. It must not throw. */
  constructor(codec: FrameCodec<Out, In>, socket: ChannelSocket, onFrame: (frame: In) => void) {
    this.#codec = codec;
    this.#socket = socket;
    this.#onFrame = onFrame;
  }

  get isOpen(): boolean {
    return this.#closed === undefined;
  }

  /** Sends a frame without waiting for an answer, and returns its id. Throws LINK_CLOSED. */
  send<T extends Out["type"]>(type: T, body: Body<Out, T>, answers?: string): string {
    if (this.#closed !== undefined) throw this.#closed;
    const { id, wire } = this.#codec.encode(type, body, answers);
    this.#socket.send(wire);
    if (this.#socket.bufferedAmount > LIMITS.bufferedCloseBytes) {
      this.close(new AppError("LINK_CLOSED", "The other side does not read the connection fast enough."));
      this.#socket.terminate();
    }
    return id;
  }

  /** Answers a request with an error. */
  sendError(error: unknown, answers: string): void {
    const { code, message } = toAppError(error);
    this.send("error", { code, message: message.slice(0, 1024) }, answers);
  }

  /**
   * Sends a request and waits for its answer. An `error` answer is thrown with its code. After TIMEOUT and LINK_CLOSED
   * it is unknown whether the other side acted, so every request must be safe to repeat.
   */
  async request<T extends Out["type"], A extends In["type"]>(
    type: T,
    body: Body<Out, T>,
    expected: readonly A[],
    timeoutMs: number,
  ): Promise<Extract<In, { type: A }>> {
    const answer = await new Promise<In>((resolve, reject) => {
      let id = "";
      const timer = setTimeout(() => {
        this.#missDeadline(id);
        reject(new AppError("TIMEOUT", `No answer to ${type} within ${timeoutMs} ms.`));
      }, timeoutMs);
      try {
        id = this.send(type, body);
      } catch (error) {
        clearTimeout(timer);
        reject(toAppError(error));
        return;
      }
      this.#waiting.set(id, { resolve, reject, timer });
    });
    if ((expected as readonly string[]).includes(answer.type)) return answer as Extract<In, { type: A }>;
    if (answer.type === "error") throw errorOf(answer.body);
    throw new AppError("PROTOCOL_INVALID_FRAME", `A ${answer.type} frame cannot answer a ${type} frame.`);
  }

  /**
   * Takes one message from the socket. A frame that cannot be parsed closes the link, so that no part of it is ever
   * used. Returns `answer` when the frame answers a request of this side, in time or late, and `other` for all other
   * frames.
   */
  receive(data: Buffer, isBinary: boolean): "answer" | "other" {
    if (this.#closed !== undefined) return "other";
    let decoded;
    try {
      decoded = this.#codec.decode(data, isBinary);
    } catch (error) {
      this.close(toAppError(error));
      this.#socket.close(CLOSE.protocol, "invalid frame");
      return "other";
    }
    if (decoded.kind === "unknown_type") {
      this.sendError(
        new AppError("PROTOCOL_INVALID_FRAME", `Frames of type ${decoded.type} are unknown to this version.`),
        decoded.id,
      );
      return "other";
    }
    const { frame } = decoded;
    const waiting = frame.re === undefined ? undefined : this.#waiting.get(frame.re);
    if (waiting !== undefined && frame.re !== undefined) {
      this.#waiting.delete(frame.re);
      clearTimeout(waiting.timer);
      waiting.resolve(frame);
      return "answer";
    }
    if (frame.re === undefined) {
      this.#onFrame(frame);
      return "other";
    }
    return this.#late.delete(frame.re) ? "answer" : "other"; // the request timed out before
  }

  #missDeadline(id: string): void {
    this.#waiting.delete(id);
    this.#late.add(id);
    const [oldest] = this.#late;
    if (this.#late.size > MAX_LATE && oldest !== undefined) this.#late.delete(oldest);
  }

  /** Fails every waiting request. Call it when the socket has closed, for any reason. Idempotent. */
  close(reason: AppError = new AppError("LINK_CLOSED")): void {
    if (this.#closed !== undefined) return;
    this.#closed = reason;
    for (const { reject, timer } of this.#waiting.values()) {
      clearTimeout(timer);
      reject(reason);
    }
    this.#waiting.clear();
  }
}

const errorOf = ({ code, message }: { code: ErrorCode; message: string }): AppError =>
  new AppError(code, message);
