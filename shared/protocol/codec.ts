/**
 * Encodes and decodes frames: JSON as text, or deflated and binary when long. No other module decides what a valid
 * frame is.
 */
import { deflateRawSync, inflateRawSync } from "node:zlib";
import type { z } from "zod";
import { AppError } from "../errors.ts";
import { newId } from "../ids.ts";
import { type AgentFrame, agentFrameSchemas, type CloudFrame, cloudFrameSchemas } from "./frames.ts";
import { LIMITS } from "./limits.ts";

export type Wire = string | Buffer;

export type Decoded<F> =
  | { readonly kind: "frame"; readonly frame: F }
  /**
   * A well-formed frame in order, of a type that this version does not know. It is answered with `error`; the link
   * stays open.
   */
  | { readonly kind: "unknown_type"; readonly id: string; readonly type: string };

/** The codec of one link. Numbers the frames it encodes and checks the numbers of the frames it decodes. */
export class FrameCodec<Out extends AgentFrame | CloudFrame, In extends AgentFrame | CloudFrame> {
  readonly #schemas: ReadonlyMap<string, z.ZodType>;
  #sent = 0;
  #received = 0;

  private constructor(incoming: ReadonlyMap<string, z.ZodType>) {
    this.#schemas = incoming;
  }
  static forAgent(): FrameCodec<AgentFrame, CloudFrame> {
    return new FrameCodec(cloudFrameSchemas);
  }
  static forCloud(): FrameCodec<CloudFrame, AgentFrame> {
    return new FrameCodec(agentFrameSchemas);
  }

  /** Encodes a frame and gives it the next number, so frames must be sent in the order of encoding. */
  encode<T extends Out["type"]>(
    type: T,
    body: Extract<Out, { type: T }>["body"],
    answers?: string,
  ): { readonly id: string; readonly wire: Wire } {
    const id = newId();
    const frame = {
      v: 1,
      n: ++this.#sent,
      id,
      type,
      ...(answers === undefined ? {} : { re: answers }),
      body,
    };
    const text = JSON.stringify(frame);
    if (text.length <= LIMITS.deflateAboveBytes) return { id, wire: text };
    const wire = deflateRawSync(text, { level: 1 });
    if (wire.length > LIMITS.maxFrameBytes || text.length > LIMITS.maxInflatedBytes)
      throw new AppError(
        "PROTOCOL_INVALID_FRAME",
        `A ${type} frame of ${text.length} bytes is too large to send.`,
      );
    return { id, wire };
  }

  /** Throws PROTOCOL_INVALID_FRAME for everything that is not the next valid frame. The link must then be closed. */
  decode(data: Buffer, isBinary: boolean): Decoded<In> {
    const value = parseJson(data, isBinary);
    if (typeof value !== "object" || value === null) throw invalid("a frame is not an object");
    const { type, n, id } = value as { type?: unknown; n?: unknown; id?: unknown };
    if (typeof type !== "string" || type.length > 64) throw invalid("a frame has no type");
    if (n !== this.#received + 1) throw invalid(`frame ${this.#received + 1} was expected`);
    this.#received++;
    const schema = this.#schemas.get(type);
    if (schema === undefined) {
      if (typeof id !== "string" || id.length !== 26) throw invalid("a frame has no id");
      return { kind: "unknown_type", id, type };
    }
    const parsed = schema.safeParse(value);
    if (!parsed.success) {
      const where = parsed.error.issues
        .slice(0, 3)
        .map((issue) => issue.path.join("."))
        .join(", ");
      throw invalid(`a ${type} frame is not valid at ${where.slice(0, 200)}`);
    }
    return { kind: "frame", frame: parsed.data as In };
  }
}

function parseJson(data: Buffer, isBinary: boolean): unknown {
  if (data.length > LIMITS.maxFrameBytes) throw invalid("a frame is too large");
  try {
    const text = isBinary
      ? inflateRawSync(data, { maxOutputLength: LIMITS.maxInflatedBytes }).toString("utf8")
      : data.toString("utf8");
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw invalid("a frame is not JSON", error);
  }
}

function invalid(what: string, cause?: unknown): AppError {
  return new AppError(
    "PROTOCOL_INVALID_FRAME",
    `Invalid frame: ${what}.`,
    cause === undefined ? {} : { cause },
  );
}
