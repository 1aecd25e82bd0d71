import { expect } from "chai";
import type { AuditEvent } from "../../cloud/audit/audit.ts";
import { networkOf } from "../../cloud/limits/network.ts";
import { reportLimits } from "../../cloud/limits/report-limits.ts";
import { attackCounts, helpRequests } from "../../cloud/limits/requests.ts";
import { createLimits } from "../../cloud/store/limits.ts";
import { policySchema } from "../../shared/api/policy.ts";
import { silentLogger } from "../../shared/logger.ts";
import { answerInWords } from "../support/answer-in-words.ts";
import { type PortalHost, startPortalHost } from "../support/portal-host.ts";
import { startRegistrationHost } from "../support/registration-host.ts";
import { waitFor } from "../support/wait-for.ts";

const network = (number: number): string => `2001:db8:${(0xf000 + number).toString(16)}::1`;

describe("the captcha in words", () => {
  let host: PortalHost;
  before(async () => (host = await startPortalHost()));
  after(() => host[Symbol.asyncDispose]());

  it("is not shut by garbage from 20 networks (finding 17, T-11): wrong answers count for their network alone", async () => {
    for (let number = 0; number < 20; number++) {
      const client = host.visitor({
        address: network(number),
        script: false,
        answerQuestion: () => "garbage",
      });
      for (let times = 0; times < 6; times++) {
        await client.open("/reset");
        await client.submit("/reset/start", { userName: "jane" });
        expect(client.page.status).to.equal(403);
      }
    }
    const honest = await host.begun({ script: false, answerQuestion: answerInWords });
    expect(await honest.screen()).to.equal("reason");
  });

  it("stops the network that tries sums (finding 17, T-05)", async () => {
    const client = host.visitor({ address: network(99), script: false, answerQuestion: () => "garbage" });
    const answers: number[] = [];
    for (let times = 0; times < 12; times++) {
      await client.open("/reset");
      await client.submit("/reset/start", { userName: "jane" });
      answers.push(client.page.status);
    }
    expect(answers.slice(-2)).to.deep.equal([429, 429]);
  });
});

describe("a limit that refuses", () => {
  it("is reported once to the log, and to administrators when many may be affected (finding 9, T-05), and is listed and lifted", async () => {
    await using host = await startRegistrationHost();
    const audited: AuditEvent[] = [];
    const hits: string[] = [];
    const limits = reportLimits({
      limits: createLimits({ store: host.cloud.store }),
      audit: {
        append(event) {
          audited.push(event);
          return Promise.resolve();
        },
      },
      onHit: (name) => hits.push(name),
      log: silentLogger,
    });
    const wants = helpRequests(networkOf("198.51.100.1", policySchema.parse({}).limits));
    for (let times = 0; times < 12; times++) await limits.take(host.tenantId, wants);

    await waitFor("the report", () => audited.length > 0);
    expect(hits).to.deep.equal(Array(7).fill("network_help_requests"));
    expect(audited.map(({ action, details }) => [action, details?.["for"]])).to.deep.equal([
      ["limit.engaged", "198.51.100.0/24"],
    ]);
    const engaged = await limits.engaged(host.tenantId);
    expect(engaged.map(({ key }) => key)).to.deep.equal(["network_help_requests:198.51.100.0/24"]);
    const size = { rules: policySchema.parse({ limits: { attack: { networks: 2 } } }).limits, users: 1 };
    for (let number = 0; number < 9; number++)
      await limits.count(
        host.tenantId,
        attackCounts(size, { name: `name${number}`, network: { name: `192.0.${number}.0/24` } }),
      );
    expect(hits, "a signal refuses nobody").to.have.length(7);
    expect(audited).to.have.length(1);
    expect(await limits.clear(host.tenantId, engaged)).to.equal(1);
    expect(await limits.take(host.tenantId, wants)).to.equal(null);
    expect((await limits.engaged(host.tenantId)).map(({ name }) => name)).to.deep.equal([
      "attacking_networks",
    ]);
  });
});
