import { expect } from "chai";
import { AppError, isAppError } from "../../../../shared/errors.ts";
import { newId } from "../../../../shared/ids.ts";
import { Channel } from "../../../../shared/protocol/channel.ts";
import { FrameCodec, type Wire } from "../../../../shared/protocol/codec.ts";
import type { AgentFrame, CloudFrame } from "../../../../shared/protocol/frames.ts";
import { LIMITS } from "../../../../shared/protocol/limits.ts";
import { waitFor } from "../../../support/wait-for.ts";

/** Two channels whose sockets are each other; frames arrive in the next turn of the loop, as on a wire. */
function pair(onAgentFrame: (frame: CloudFrame) => void, onCloudFrame: (frame: AgentFrame) => void) {
  const closed: number[] = [];
  const socketTo = (receive: (wire: Wire) => void) => ({
    bufferedAmount: 0,
    send: (wire: Wire) => void setImmediate(() => receive(wire)),
    close: (code: number) => void closed.push(code),
    terminate: () => void closed.push(-1),
  });
  const agentSocket = socketTo((wire) => cloud.receive(Buffer.from(wire), typeof wire !== "string"));
  const cloudSocket = socketTo((wire) => agent.receive(Buffer.from(wire), typeof wire !== "string"));
  const agent: Channel<AgentFrame, CloudFrame> = new Channel(
    FrameCodec.forAgent(),
    agentSocket,
    onAgentFrame,
  );
  const cloud: Channel<CloudFrame, AgentFrame> = new Channel(
    FrameCodec.forCloud(),
    cloudSocket,
    onCloudFrame,
  );
  return { agent, cloud, agentSocket, closed };
}

const failure = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );
const claim = () => ({ jobId: newId(), mark: null });

describe("channel", () => {
  it("gives the answer to the request it belongs to", async () => {
    const { agent, cloud } = pair(
      () => undefined,
      (frame) => {
        if (frame.type === "job.claim")
          cloud.send("job.deny", { jobId: frame.body.jobId, reason: "busy" }, frame.id);
      },
    );
    const asked = claim();

    const answer = await agent.request("job.claim", asked, ["job.grant", "job.deny"], 1000);

    expect(answer.body).to.deep.equal({ jobId: asked.jobId, reason: "busy" });
  });

  it("throws the error that the other side answered", async () => {
    const { agent, cloud } = pair(
      () => undefined,
      (frame) => cloud.sendError(new AppError("SYNC_GAP", "batch 3 was expected"), frame.id),
    );

    const error = await failure(agent.request("job.claim", claim(), ["job.grant"], 1000));

    expect(isAppError(error, "SYNC_GAP")).to.equal(true);
    expect((error as Error).message).to.equal("batch 3 was expected");
  });

  it("gives up after the deadline", async () => {
    const { agent } = pair(
      () => undefined,
      () => undefined,
    );

    expect(
      isAppError(await failure(agent.request("job.claim", claim(), ["job.grant"], 20)), "TIMEOUT"),
    ).to.equal(true);
  });

  it("tells an answer, in time or late, from a frame that the other side sends on its own", async () => {
    const asked: string[] = [];
    const { agent } = pair(
      () => undefined,
      ({ id }) => asked.push(id),
    );
    const codec = FrameCodec.forCloud();
    const receive = (answers?: string): string => {
      const { wire } = codec.encode("ack", {}, answers);
      return agent.receive(Buffer.from(wire), typeof wire !== "string");
    };
    const inTime = agent.request("job.claim", claim(), ["ack"], 1000);
    await failure(agent.request("job.claim", claim(), ["ack"], 5));
    await waitFor("both requests", () => asked.length === 2);

    expect(asked.map(receive)).to.deep.equal(["answer", "answer"]);
    expect((await inTime).type).to.equal("ack");
    expect([...asked.map(receive), receive()]).to.deep.equal(["other", "other", "other"]);
  });

  it("fails waiting and later requests when the link closes", async () => {
    const { agent } = pair(
      () => undefined,
      () => undefined,
    );
    const waiting = failure(agent.request("job.claim", claim(), ["job.grant"], 1000));

    agent.close();

    expect(isAppError(await waiting, "LINK_CLOSED")).to.equal(true);
    expect(() => agent.send("job.claim", claim()))
      .to.throw()
      .with.property("code", "LINK_CLOSED");
  });

  it("answers a frame of an unknown type with an error and stays open", () => {
    const { cloud, closed } = pair(
      () => undefined,
      () => undefined,
    );
    const codec = FrameCodec.forAgent();
    const { wire } = codec.encode("job.claim", claim());
    const strange = JSON.stringify({ ...(JSON.parse(wire as string) as object), type: "tea.brew" });

    cloud.receive(Buffer.from(strange), false);

    expect(cloud.isOpen).to.equal(true);
    expect(closed).to.deep.equal([]);
  });

  it("closes the link at the first frame that cannot be parsed", () => {
    const { cloud, closed } = pair(
      () => undefined,
      () => undefined,
    );

    cloud.receive(Buffer.from("{}"), false);

    expect(closed).to.deep.equal([4400]);
    expect(cloud.isOpen).to.equal(false);
  });

  it("closes the link to a peer that does not read", () => {
    const { agent, agentSocket, closed } = pair(
      () => undefined,
      () => undefined,
    );
    agentSocket.bufferedAmount = LIMITS.bufferedCloseBytes + 1;

    agent.send("job.claim", claim());

    expect(closed).to.deep.equal([-1]);
    expect(agent.isOpen).to.equal(false);
  });
});
