/** Requests and answers over one link: the part of a socket's life that both sides share. It owns no socket and no timer but deadlines. */
import { AppError, type ErrorCode, toAppError } from "../errors.ts";
import type { FrameCodec } from "./codec.ts";
import type { AgentFrame, CloudFrame } from "./frames.ts";
import { CLOSE, LIMITS } from "./limits.ts";

/** What a channel needs of a WebSocket. */
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
  /** Requests nobody waits for any more, whose answer may still come. */
  readonly #late = new Set<string>();
  #closed: AppError | undefined;

  /** `onFrame` gets every frame that is not an answer to a request made here. It must not throw. */
  constructor(codec: FrameCodec<Out, In>, socket: ChannelSocket, onFrame: (frame: In) => void) {
    this.#codec = codec;
    this.#socket = socket;
    this.#onFrame = onFrame;
  }

  get isOpen(): boolean {
    return this.#closed === undefined;
  }

  /** Fire and forget. Throws LINK_CLOSED. Returns the frame's id. */
  send<T extends Out["type"]>(type: T, body: Body<Out, T>, answers?: string): string {
    if (this.#closed !== undefined) throw this.#closed;
    const { id, wire } = this.#codec.encode(type, body, answers);
    this.#socket.send(wire);
    if (this.#socket.bufferedAmount > LIMITS.bufferedCloseBytes) {
      this.close(new AppError("LINK_CLOSED", "The other side does not read fast enough."));
      this.#socket.terminate();
    }
    return id;
  }

  /** Answers a request with an error that the other side can act on. */
  sendError(error: unknown, answers: string): void {
    const { code, message } = toAppError(error);
    this.send("error", { code, message: message.slice(0, 1024) }, answers);
  }

  /**
   * Sends and waits for the answer. An `error` answer is thrown with its code; TIMEOUT and LINK_CLOSED are thrown too: then it
   * is not known whether the other side acted, so a request must be safe to repeat.
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
    throw new AppError("PROTOCOL_INVALID_FRAME", `${answer.type} is no answer to ${type}.`);
  }

  /**
   * One message from the socket. A frame that does not parse closes the link: it is never half-used. `answer`: it answers a
   * request made here, in time or late, so the other side did not send it of its own accord.
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
        new AppError("PROTOCOL_INVALID_FRAME", `Frames of type ${decoded.type} are not known here.`),
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
    return this.#late.delete(frame.re) ? "answer" : "other"; // whoever asked has gone on
  }

  #missDeadline(id: string): void {
    this.#waiting.delete(id);
    this.#late.add(id);
    const [oldest] = this.#late;
    if (this.#late.size > MAX_LATE && oldest !== undefined) this.#late.delete(oldest);
  }

  /** Fails every request that waits. Call it when the socket has closed, for whatever reason. Idempotent. */
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
