import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { expect } from "chai";
import { type MetricsServer, startMetricsServer } from "../../../shared/metrics-server.ts";
import { waitFor } from "../../support/wait-for.ts";

const METRICS = "# HELP one a number\none 1\n";
const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

describe("metrics server", function () {
  this.timeout(60_000);
  let server: MetricsServer;
  let metrics: () => Promise<string>;
  let reasons: () => readonly string[] | Promise<readonly string[]>;
  const sockets: Socket[] = [];

  before(async () => {
    server = await startMetricsServer({
      listen: { host: "127.0.0.1", port: 0 },
      registry: { contentType: METRICS_TYPE, metrics: () => metrics() },
      unreadyReasons: () => reasons(),
    });
  });
  beforeEach(() => {
    metrics = () => Promise.resolve(METRICS);
    reasons = () => [];
  });
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy();
  });
  after(() => server.close());

  async function open(): Promise<Socket> {
    const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
    socket.on("error", () => undefined); // the server may refuse it; the test looks at the end
    sockets.push(socket);
    await once(socket, "connect");
    return socket;
  }
  /** Sends the bytes and resolves with all that comes until the server closes the connection. */
  async function exchange(bytes: string): Promise<string> {
    const socket = await open();
    let answer = "";
    socket.on("data", (data: Buffer) => (answer += data.toString()));
    socket.write(bytes);
    await once(socket, "close");
    return answer;
  }
  async function request(method: string, path: string, headers = "") {
    const text = await exchange(
      `${method} ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n${headers}\r\n`,
    );
    const [head = "", body = ""] = text.split("\r\n\r\n");
    const [status = "", ...fields] = head.split("\r\n");
    return { status: Number(status.split(" ")[1]), head: fields.join("\n").toLowerCase(), body };
  }

  const rows: readonly (readonly [method: string, path: string, status: number, body: string])[] = [
    ["GET", "/metrics", 200, METRICS],
    ["GET", "/metrics?name[]=one", 200, METRICS],
    ["HEAD", "/metrics", 200, ""],
    ["GET", "/healthz", 200, "ok\n"],
    ["HEAD", "/healthz", 200, ""],
    ["GET", "/readyz", 200, "ready\n"],
    ["HEAD", "/readyz", 200, ""],
    ["GET", "/", 404, "/metrics, /healthz or /readyz\n"],
    ["GET", "//", 404, "/metrics, /healthz or /readyz\n"],
    ["GET", "/metrics/", 404, "/metrics, /healthz or /readyz\n"],
    ["HEAD", "/other", 404, ""],
    ["POST", "/metrics", 405, "only GET and HEAD\n"],
    ["PUT", "/healthz", 405, "only GET and HEAD\n"],
    ["DELETE", "/readyz", 405, "only GET and HEAD\n"],
    ["OPTIONS", "/metrics", 405, "only GET and HEAD\n"],
    ["TRACE", "/other", 405, "only GET and HEAD\n"],
  ];
  for (const [method, path, status, body] of rows)
    it(`answers ${method} ${path} with ${status}`, async () => {
      const answer = await request(method, path);

      expect(answer).to.include({ status, body });
      expect(answer.head)
        .to.contain("cache-control: no-store")
        .and.to.contain("x-content-type-options: nosniff");
      expect(/^allow: get, head$/m.test(answer.head), "Allow").to.equal(status === 405);
    });

  it("says the type of the metrics, and their length to HEAD too", async () => {
    for (const method of ["GET", "HEAD"])
      expect((await request(method, "/metrics")).head)
        .to.contain(`content-type: ${METRICS_TYPE}`)
        .and.to.contain(`content-length: ${METRICS.length}`);
    expect((await request("GET", "/healthz")).head).to.contain("content-type: text/plain; charset=utf-8");
  });

  it("names every reason why it is not ready, whether known at once or later", async () => {
    reasons = () => ["link: CLOUD_UNREACHABLE", "directory: DIRECTORY_TIMEOUT"];
    expect(await request("GET", "/readyz")).to.include({
      status: 503,
      body: "link: CLOUD_UNREACHABLE\ndirectory: DIRECTORY_TIMEOUT\n",
    });

    reasons = () => Promise.resolve(["draining"]);
    expect(await request("GET", "/readyz")).to.include({ status: 503, body: "draining\n" });
  });

  it("answers 500 without a reason when a metric or the readiness cannot be read", async () => {
    metrics = () => Promise.reject(new Error("secret"));
    reasons = () => {
      throw new Error("secret");
    };

    for (const path of ["/metrics", "/readyz"])
      expect(await request("GET", path)).to.include({ status: 500, body: "failed\n" });
  });

  it("refuses headers above 8 KiB", async () => {
    expect((await request("GET", "/healthz", `x-long: ${"a".repeat(7_000)}\r\n`)).status).to.equal(200);
    expect((await request("GET", "/healthz", `x-long: ${"a".repeat(9_000)}\r\n`)).status).to.equal(431);
  });

  it("ends a request whose headers or body do not come in time", async () => {
    const startedAt = performance.now();
    const [headers, body] = await Promise.all([
      exchange("GET /healthz HTTP/1.1\r\nhost: x\r\n"),
      exchange("POST /healthz HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n"),
    ]);

    expect(headers).to.contain("408");
    expect(body).to.match(/^HTTP\/1\.1 405/);
    expect(performance.now() - startedAt).to.be.lessThan(10_000);
  });

  it("holds at most 64 connections", async () => {
    const held = await Promise.all(Array.from({ length: 64 }, () => open()));

    const refused = await open();
    await once(refused, "close");
    const [first] = held;
    first?.destroy();

    await waitFor("an answer on the connection that became free", async () =>
      request("GET", "/healthz").then(
        ({ status }) => status === 200,
        () => false,
      ),
    );
  });
});
