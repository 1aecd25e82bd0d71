/** A scripted agent over a real socket with real keys. It shares no code with agent/. */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { WebSocket } from "ws";
import { DAY_MS } from "../../shared/durations.ts";
import { newId } from "../../shared/ids.ts";
import { Channel } from "../../shared/protocol/channel.ts";
import { FrameCodec } from "../../shared/protocol/codec.ts";
import type { AgentBody, AgentFrame, CloudBody, CloudFrame } from "../../shared/protocol/frames.ts";
import { PROTOCOL_VERSION, SUBPROTOCOL } from "../../shared/protocol/version.ts";
import { toBase64url } from "../../shared/sealing/bytes.ts";
import {
  type AgentProof,
  type ChallengeResponse,
  checkEnrollmentResponse,
  type EnrollmentResponse,
  parseEnrollmentToken,
  signAgentProof,
  signEnrollmentRequest,
  welcomeBytes,
} from "../../shared/sealing/enrollment.ts";
import { generateSealingKeyPair, type SealingKeyPair, SUITES } from "../../shared/sealing/hpke.ts";
import { type SealingKeyRecord, signSealingKey } from "../../shared/sealing/job.ts";
import {
  fingerprintKey,
  generateSigningKey,
  type SigningKey,
  verifySignature,
} from "../../shared/sealing/signing-key.ts";
import type { Secret } from "../../shared/secret.ts";
import type { StatedDirectory } from "../../shared/source.ts";
import { statedDirectory } from "./stated-directory.ts";
import { waitFor } from "./wait-for.ts";

export interface FakeLink extends Pick<Channel<AgentFrame, CloudFrame>, "send" | "request" | "sendError"> {
  readonly welcome: CloudBody<"welcome">;
  readonly socket: WebSocket;
  /** Frames that arrived and were not yet taken by `next`, in order. */
  readonly inbox: CloudFrame[];
  /** Waits for the next frame of this type and takes it. */
  next<T extends CloudFrame["type"]>(type: T): Promise<Extract<CloudFrame, { type: T }>>;
  /** Resolves when either side has closed the socket. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  close(): Promise<void>;
}

export interface DialOptions {
  readonly proof?: Partial<AgentProof>;
  /** Replaces the fresh proof. */
  readonly authorization?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly protocols?: string[];
  readonly url?: string;
}

export interface FakeAgent {
  readonly agentId: string;
  readonly tenantId: string;
  readonly identityKey: SigningKey;
  readonly fingerprint: string;
  readonly serviceKey: string;
  readonly issuerKey: string;
  readonly sealingKeys: SealingKeyRecord[];
  findSealingKey(keyId: string): SealingKeyPair | undefined;
  /** The identity as a real agent stores it. */
  generation: number;
  /** Makes a proof for one upgrade: the value of the Authorization header. */
  authorize(changes?: Partial<AgentProof>, url?: string): Promise<string>;
  /** Returns the status of an upgrade that must be refused. */
  refusedWith(options?: DialOptions): Promise<{ readonly status: number; readonly body: string }>;
  /** Connects up to the welcome, checks it, and keeps the generation. */
  dial(options?: DialOptions): Promise<FakeLink>;
  /** Dials and sends `ready`. */
  connect(facts?: Partial<AgentBody<"ready">>, options?: DialOptions): Promise<FakeLink>;
}

export interface FakeEnrollment {
  /** Address of the cloud, e.g. http://127.0.0.1:8080. */
  readonly url: string;
  readonly token: Secret;
  readonly hostName?: string;
  /** Identity to enrol again as the same agent. */
  readonly identityKey?: SigningKey;
  readonly agentId?: string;
  /** What the agent states in its enrolment and at each connection. Null: it has not reached its directory. */
  readonly directory?: StatedDirectory | null;
}

async function post(url: string, body: unknown): Promise<Response> {
  return fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
}

export async function makeSealingKeys(
  agentId: string,
  identityKey: SigningKey,
): Promise<{ readonly record: SealingKeyRecord; readonly pair: SealingKeyPair }[]> {
  const createdAt = Date.now();
  return Promise.all(
    SUITES.map(async (suite) => {
      const pair = await generateSealingKeyPair(suite);
      const { publicKey } = pair;
      const expiresAt = createdAt + DAY_MS;
      const keyId = newId();
      return {
        pair,
        record: signSealingKey(identityKey, { agentId, keyId, suite, publicKey, createdAt, expiresAt }),
      };
    }),
  );
}

/** Throws an Error with the status and code of a refusal. */
export async function enrollFakeAgent({
  url,
  token,
  hostName = "fake-host",
  identityKey = generateSigningKey(),
  agentId = newId(),
  directory = statedDirectory(),
}: FakeEnrollment): Promise<FakeAgent> {
  const parsed = parseEnrollmentToken(token);
  const keys = await makeSealingKeys(agentId, identityKey);
  const request = signEnrollmentRequest(parsed, identityKey, {
    tenantId: parsed.tenantId,
    tokenId: parsed.tokenId,
    agentId,
    identityKey: identityKey.publicKey,
    sealingKeys: keys.map(({ record }) => record),
    hostName,
    platform: "test-x64",
    version: "0.0.0",
    directory,
    sentAt: Date.now(),
  });
  const reply = await post(`${url}/agent/v1/enroll`, request);
  if (!reply.ok) throw new Error(`${reply.status} ${await reply.text()}`);
  const response = (await reply.json()) as EnrollmentResponse;
  checkEnrollmentResponse(parsed, response, request.tokenSignature);
  const { tenantId, serviceKey, issuerKey } = response;

  const agent: FakeAgent = {
    agentId,
    tenantId,
    identityKey,
    fingerprint: fingerprintKey(identityKey.publicKey),
    serviceKey,
    issuerKey,
    sealingKeys: keys.map(({ record }) => record),
    findSealingKey: (keyId) => keys.find(({ record }) => record.keyId === keyId)?.pair,
    generation: 0,
    async authorize(changes = {}, at = url) {
      const challenge = await post(`${at}/agent/v1/challenge`, { tenantId, agentId });
      const { nonce } = (await challenge.json()) as ChallengeResponse;
      const proof = {
        version: PROTOCOL_VERSION,
        tenantId,
        agentId,
        nonce,
        agentNonce: toBase64url(randomBytes(32)),
        generation: agent.generation,
        audience: new URL(at).hostname,
        ...changes,
      };
      return `Latchkey ${toBase64url(Buffer.from(JSON.stringify({ ...signAgentProof(identityKey, proof), ...changes })))}`;
    },
    async refusedWith(options = {}) {
      const socket = await openSocket(options);
      socket.on("error", () => undefined); // it follows the refusal
      const [, response] = (await once(socket, "unexpected-response")) as [
        unknown,
        AsyncIterable<Buffer> & { statusCode: number },
      ];
      let body = "";
      for await (const chunk of response) body += chunk.toString("utf8");
      socket.terminate();
      return { status: response.statusCode, body };
    },
    async dial(options = {}) {
      const agentNonce = toBase64url(randomBytes(32));
      const socket = await openSocket({ ...options, proof: { agentNonce, ...options.proof } });
      const link = await readWelcome(socket);
      const { welcome } = link;
      const bytes = welcomeBytes({ ...welcome, agentNonce: options.proof?.agentNonce ?? agentNonce });
      if (options.authorization === undefined && !verifySignature(serviceKey, bytes, welcome.signature))
        throw new Error("the welcome is not signed by the cloud");
      agent.generation = welcome.generation;
      return link;
    },
    async connect(facts = {}, options = {}) {
      const link = await agent.dial(options);
      link.send("ready", {
        generation: agent.generation,
        version: "0.0.0",
        credits: 8,
        writebackEnabled: true,
        pendingOutcomes: 0,
        sealingKeys: agent.sealingKeys,
        directory: { dialect: "openldap", server: "ldap.example.com", healthy: true, stated: directory },
        sentAt: Date.now(),
        ...facts,
      });
      return link;
    },
  };

  async function openSocket(options: DialOptions): Promise<WebSocket> {
    const at = options.url ?? url;
    const authorization = options.authorization ?? (await agent.authorize(options.proof, at));
    return new WebSocket(`${at.replace(/^http/, "ws")}/agent/v1`, options.protocols ?? [SUBPROTOCOL], {
      headers: { authorization, ...options.headers },
      perMessageDeflate: false,
    });
  }
  return agent;
}

function readWelcome(socket: WebSocket): Promise<FakeLink> {
  return new Promise((resolve, reject) => {
    const inbox: CloudFrame[] = [];
    const closed = new Promise<{ code: number; reason: string }>((done) => {
      socket.once("close", (code, reason) => {
        channel.close();
        reject(new Error(`closed with ${code} before the welcome`));
        done({ code, reason: reason.toString("utf8") });
      });
    });
    const channel: Channel<AgentFrame, CloudFrame> = new Channel(FrameCodec.forAgent(), socket, (frame) => {
      if (frame.type !== "welcome") {
        inbox.push(frame);
        return;
      }
      resolve({
        welcome: frame.body,
        socket,
        inbox,
        closed,
        send: (type, body, answers) => channel.send(type, body, answers),
        request: (type, body, expected, timeoutMs) => channel.request(type, body, expected, timeoutMs),
        sendError: (error, answers) => channel.sendError(error, answers),
        async next(type) {
          const isIt = (candidate: CloudFrame): boolean => candidate.type === type;
          await waitFor(`a ${type} frame`, () => inbox.some(isIt), { everyMs: 2 });
          const [found] = inbox.splice(inbox.findIndex(isIt), 1);
          return found as never;
        },
        async close() {
          socket.close(1000);
          await closed;
        },
      });
    });
    socket.on("error", reject);
    socket.on("message", (data, isBinary) => channel.receive(data as Buffer, isBinary));
  });
}
