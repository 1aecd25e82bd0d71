import { mkdtemp, readFile, rm } from "node:fs/promises";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect } from "chai";
import { freePort } from "../../../lab/free-port.ts";
import { type Nginx, startNginx } from "../../../lab/nginx.ts";
import { createAuthority } from "../../../lab/tls.ts";
import { ERRORS } from "../../../shared/errors.ts";
import { newId } from "../../../shared/ids.ts";
import { Secret } from "../../../shared/secret.ts";
import { type AgentLink, startAgentLink } from "../../support/agent-link.ts";
import { startTestCloud, type TestCloud } from "../../support/cloud.ts";
import { waitFor } from "../../support/wait-for.ts";

const DOCUMENT = join(import.meta.dirname, "../../../docs/reverse-proxy.md");

/** The block of code in this language, as the document shows it. */
async function snippetOf(language: string): Promise<string> {
  const document = await readFile(DOCUMENT, "utf8");
  const [, snippet] = new RegExp(`\\n\`\`\`${language}\\n([^]*?)\`\`\`\\n`).exec(document) ?? [];
  if (snippet === undefined) throw new Error(`no ${language} in ${DOCUMENT}`);
  return snippet;
}

describe("the nginx recipe of docs/reverse-proxy.md", () => {
  let folder: string;
  let ca: string;
  let caFile: string;
  let cloud: TestCloud;
  let nginx: Nginx;
  /** The recipe without the two headers of the upgrade, which is what nginx does unless it is told otherwise. */
  let careless: Nginx;
  let carelessPort: number;
  let plainPort: number;
  let port: number;
  let link: AgentLink | undefined;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "latchkey-proxy-"));
    const authority = await createAuthority(folder);
    const { certFile, keyFile } = await authority.issue("proxy", ["127.0.0.1"]);
    ({ caFile } = authority);
    ca = await readFile(caFile, "utf8");
    [plainPort, port] = [await freePort(), await freePort()];
    cloud = await startTestCloud({
      publicUrl: `https://127.0.0.1:${port}`,
      trustedProxies: ["127.0.0.1"],
      notify: {},
    });
    // Names, ports and paths of this host, and nothing else. Not every host has IPv6.
    const site = (await snippetOf("nginx"))
      .replaceAll("latchkey.example.com", "127.0.0.1")
      .replace("http://127.0.0.1:8080", cloud.url)
      .replace("listen 80;", `listen ${plainPort};`)
      .replace("listen 443 ssl;", `listen ${port} ssl;`)
      .replace(/^ *listen \[::\].*\n/gm, "")
      .replace("/etc/nginx/tls/latchkey.pem", certFile)
      .replace("/etc/nginx/tls/latchkey.key", keyFile);
    nginx = await startNginx(site, port);
    carelessPort = await freePort();
    careless = await startNginx(
      site
        .replace(/^ *proxy_set_header +(?:Upgrade|Connection) .*\n/gm, "")
        .replace(`listen ${plainPort};`, `listen ${await freePort()};`)
        .replace(`listen ${port} ssl;`, `listen ${carelessPort} ssl;`),
      carelessPort,
    );
  });
  after(async () => {
    await careless.close();
    await nginx.close();
    await cloud.close();
    await rm(folder, { recursive: true, force: true });
  });
  afterEach(async () => {
    await link?.close();
    link = undefined;
  });

  interface Asked {
    readonly method?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
  }
  const ask = (path: string, { method = "GET", headers = {}, body = "" }: Asked = {}) =>
    new Promise<{ status: number; body: string }>((resolve, reject) => {
      request({ host: "127.0.0.1", port, path, method, ca, headers }, (response) => {
        text(response).then((answer) => resolve({ status: response.statusCode ?? 0, body: answer }), reject);
      })
        .once("error", reject)
        .end(body);
    });
  const enrol = (forwarded: string, body = "{}"): Asked => ({
    method: "POST",
    headers: { "content-type": "application/json", "x-forwarded-for": forwarded },
    body,
  });

  it("shows a page of the portal", async () => {
    const page = await ask("/reset", { headers: { accept: "text/html" } });

    expect(page.status, nginx.log()).to.equal(200);
    expect(page.body).to.contain("<form");
  });

  it("leads from http to https", async () => {
    const { status, headers } = await fetch(`http://127.0.0.1:${plainPort}/reset`, { redirect: "manual" });
    expect([status, headers.get("location")]).to.deep.equal([301, "https://127.0.0.1/reset"]);
  });

  async function startAgent(at: number): Promise<AgentLink> {
    const tenantId = await cloud.newTenant();
    const base = `/api/v1/tenants/${tenantId}`;
    return startAgentLink(
      {
        url: `https://127.0.0.1:${at}`,
        async newToken() {
          const { body } = await cloud.api<{ token: string }>("POST", `${base}/enrollments`, { name: "dc1" });
          return new Secret(body.token);
        },
        agentApproval: {
          async approve(_tenantId, agentId, { fingerprint }) {
            const { body } = await cloud.api("POST", `${base}/agents/${agentId}/approve`, { fingerprint });
            return body as never;
          },
        },
      },
      { tenantId, cloud: { caFile } },
    );
  }

  it("connects an agent by WebSocket", async () => {
    link = await startAgent(port);
    await link.ready();

    expect(link.link.state).to.include({ phase: "ready", approved: true, lastError: null });
    const answer = await link.link.request("job.claim", { jobId: newId(), mark: null }, ["job.deny"], 5_000);
    expect(answer.type).to.equal("job.deny");
  });

  it("is what an agent asks for when the headers of the upgrade are missing", async () => {
    link = await startAgent(carelessPort);
    const error = await waitFor("the refusal", () => link?.link.state.lastError);

    expect(error).to.include({ code: "UPGRADE_MISSING" });
    expect(ERRORS.UPGRADE_MISSING.fix).to.contain("docs/reverse-proxy.md");
  });

  it("lets a body of 100 kB pass", async () => {
    const body = JSON.stringify({ filler: "x".repeat(100_000) });
    expect((await ask("/agent/v1/enroll", enrol("203.0.113.1", body))).status).to.equal(400);
  });

  it("counts visitors by their own address, whatever they say it is, and the log is silent", async () => {
    const statuses: number[] = [];
    for (let each = 0; each < 40; each += 1)
      statuses.push((await ask("/agent/v1/enroll", enrol(`203.0.113.${each}`))).status);
    // The node trusts nginx' address, and would count another visitor that nginx names apart.
    const other = await fetch(`${cloud.url}/agent/v1/enroll`, {
      ...enrol("198.51.100.1"),
    });

    expect(statuses[0]).to.equal(400);
    expect(statuses.at(-1)).to.equal(429);
    expect(other.status).to.equal(400);
    expect(cloud.logged()).to.not.contain("http.forwarded.untrusted");
  });
});
