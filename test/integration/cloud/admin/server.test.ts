import { expect } from "chai";
import fc from "fast-check";
import type { Agent } from "../../../../shared/api/agents.ts";
import type { ApiKey } from "../../../../shared/api/api-keys.ts";
import type { AuditEntry } from "../../../../shared/api/audit.ts";
import type { Enrollment } from "../../../../shared/api/enrollments.ts";
import type { Tenant } from "../../../../shared/api/tenants.ts";
import { newId } from "../../../../shared/ids.ts";
import { sharedCloud, type TestCloud } from "../../../support/cloud.ts";

interface List<T> {
  readonly items: T[];
}
interface Problems {
  readonly problems: { readonly path: string }[];
}

describe("API", () => {
  let cloud: TestCloud;
  let tenantId: string;
  let base: string;

  before(async () => {
    cloud = await sharedCloud();
  });
  beforeEach(async () => {
    tenantId = await cloud.newTenant();
    base = `/api/v1/tenants/${tenantId}`;
  });

  describe("keys", () => {
    it("are asked for", async () => {
      const { status, body } = await cloud.api("GET", base, undefined, { key: null });

      expect(status).to.equal(401);
      expect(body).to.have.all.keys("code", "message", "fix", "requestId", "details");
      expect(body.code).to.equal("API_KEY_MISSING");
    });

    it("must be good", async () => {
      const revoked = await cloud.newKey(["tenants:read"]);
      await cloud.api("DELETE", `/api/v1/api-keys/${revoked.id}`);

      for (const key of [
        "nonsense",
        "",
        revoked.secret,
        revoked.secret.slice(0, -1),
        `lkk_${newId()}_${"A".repeat(43)}`,
      ]) {
        const { status, body } = await cloud.api("GET", base, undefined, { key });
        expect([status, body.code], key).to.deep.equal([401, "API_KEY_INVALID"]);
      }
    });

    it("need the scope", async () => {
      const { secret: key } = await cloud.newKey(["users:read"]);

      const { status, body } = await cloud.api("POST", "/api/v1/tenants", { id: "x", name: "x" }, { key });

      expect([status, body.code]).to.deep.equal([403, "SCOPE_MISSING"]);
      expect(body.message).to.contain("tenants:write");
    });

    it("of a tenant open that tenant and say nothing of others", async () => {
      const another = await cloud.newTenant();
      const { secret: key } = await cloud.newKey(["owner"], tenantId);

      expect((await cloud.api("GET", base, undefined, { key })).status).to.equal(200);
      expect(
        (await cloud.api<List<Tenant>>("GET", "/api/v1/tenants", undefined, { key })).body.items,
      ).to.have.length(1);
      for (const path of [
        `/api/v1/tenants/${another}`,
        "/api/v1/tenants/no-such",
        "/api/v1/audit",
        "/api/v1/api-keys",
      ])
        expect((await cloud.api("GET", path, undefined, { key })).body.code, path).to.equal("SCOPE_MISSING");
    });

    it("give no scope that they lack", async () => {
      const { secret: key } = await cloud.newKey(["keys:write", "users:read"], tenantId);
      const make = (scopes: string[]) =>
        cloud.api("POST", `${base}/api-keys`, { name: "n", scopes }, { key });

      expect((await make(["users:read"])).status).to.equal(201);
      expect((await make(["owner"])).body.code).to.equal("SCOPE_MISSING");
      expect((await make(["sync:read", "users:read"])).body.message).to.contain("sync:read");
    });

    it("are listed without secrets, with when they were used", async () => {
      const { id, secret } = await cloud.newKey(["users:read"], tenantId);
      await cloud.api("GET", `${base}/users`, undefined, { key: secret });

      const { body } = await cloud.api<List<ApiKey>>("GET", `${base}/api-keys`);

      const [key] = body.items;
      expect(key).to.include({ id, tenantId, name: "test", revokedAt: null });
      expect(key?.lastUsedAt).to.match(/^20\d\d-.*Z$/);
      expect(JSON.stringify(body)).to.not.contain(secret.slice(31));
    });
  });

  describe("tenants", () => {
    it("are created, listed, shown and changed", async () => {
      const id = `c${newId().toLowerCase()}`;
      const domain = `${id}.com`;

      const created = await cloud.api<Tenant>("POST", "/api/v1/tenants", {
        id,
        name: "Contoso",
        domains: [domain],
      });
      const changed = await cloud.api<Tenant>("PATCH", `/api/v1/tenants/${id}`, { name: "Contoso Ltd" });
      const listed = await cloud.api<List<Tenant>>("GET", "/api/v1/tenants");

      expect([created.status, changed.status]).to.deep.equal([201, 200]);
      expect(created.body).to.deep.include({ id, name: "Contoso", domains: [domain] });
      expect((await cloud.api<Tenant>("GET", `/api/v1/tenants/${id}`)).body).to.deep.equal(changed.body);
      expect(listed.body.items.find((tenant) => tenant.id === id)?.name).to.equal("Contoso Ltd");
    });

    it("are refused twice, and with another's domain", async () => {
      const domain = `${newId().toLowerCase()}.com`;
      await cloud.api("PATCH", base, { domains: [domain] });

      const again = await cloud.api("POST", "/api/v1/tenants", { id: tenantId, name: "n" });
      const taken = await cloud.api("POST", "/api/v1/tenants", {
        id: `d${tenantId}`,
        name: "n",
        domains: [domain],
      });

      expect([again.status, again.body.code]).to.deep.equal([409, "TENANT_EXISTS"]);
      expect([taken.status, taken.body.code]).to.deep.equal([409, "DOMAIN_TAKEN"]);
    });

    it("that are unknown are unknown at every address", async () => {
      const { body: api } = await cloud.api<{ paths: Record<string, Record<string, unknown>> }>(
        "GET",
        "/openapi.json",
      );
      for (const [path, methods] of Object.entries(api.paths).filter(([at]) => at.includes("{tenantId}")))
        for (const method of Object.keys(methods)) {
          const address = path.replace("{tenantId}", "no-such").replaceAll(/\{\w+\}/g, newId());
          const body = method === "get" || method === "delete" ? undefined : {};
          const answer = await cloud.api(method.toUpperCase(), address, body);
          expect([answer.status, answer.body.code], `${method} ${path}`).to.deep.equal([
            404,
            "TENANT_UNKNOWN",
          ]);
        }
    });
  });

  describe("enrolments and agents", () => {
    it("give a token once, and list it without", async () => {
      const { status, body } = await cloud.api<{ token: string; enrollment: Enrollment }>(
        "POST",
        `${base}/enrollments`,
        { name: "dc1", cidrs: ["10.0.0.0/8", "::1"], ttlMinutes: 10 },
      );
      const list = await cloud.api<List<Enrollment>>("GET", `${base}/enrollments`);
      const revoked = await cloud.api<Enrollment>(
        "POST",
        `${base}/enrollments/${body.enrollment.tokenId}/revoke`,
      );

      expect(status).to.equal(201);
      expect(body.token).to.match(/^lk1\./);
      expect(list.body.items).to.deep.equal([body.enrollment]);
      expect(JSON.stringify(list.body)).to.not.contain(body.token);
      expect(revoked.body.state).to.equal("revoked");
    });

    it("name an agent that is unknown", async () => {
      const fingerprint = Array(8).fill("0000").join("-");
      const answers = [
        await cloud.api("GET", `${base}/agents/${newId()}`),
        await cloud.api("POST", `${base}/agents/${newId()}/approve`, { fingerprint }),
        await cloud.api("POST", `${base}/agents/${newId()}/revoke`),
      ];

      for (const { status, body } of answers)
        expect([status, body.code]).to.deep.equal([404, "AGENT_UNKNOWN"]);
      expect((await cloud.api<List<Agent>>("GET", `${base}/agents`)).body.items).to.deep.equal([]);
    });
  });

  describe("audit", () => {
    it("has an entry for everything an administrator did, and verifies", async () => {
      const { id } = await cloud.newKey(["users:read"], tenantId);
      await cloud.api("DELETE", `${base}/api-keys/${id}`);
      await cloud.api("PATCH", base, { name: "New" });

      const { body } = await cloud.api<List<AuditEntry>>("GET", `${base}/audit?limit=3`);
      const before = await cloud.api<List<AuditEntry>>("GET", `${base}/audit?before=2`);

      expect(body.items.map(({ action }) => action)).to.deep.equal([
        "tenant.changed",
        "api_key.revoked",
        "api_key.created",
      ]);
      expect(body.items[0]?.actor).to.match(/^key:/);
      expect(before.body.items.map(({ action }) => action)).to.deep.equal(["tenant.created"]);
      expect((await cloud.api<{ entries: number }>("GET", `${base}/audit/verify`)).body.entries).to.equal(4);
      expect(
        (await cloud.api<{ entries: number }>("GET", "/api/v1/audit/verify")).body.entries,
      ).to.be.at.least(1);
    });
  });

  describe("requests", () => {
    it("that are invalid name every field at once", async () => {
      const { status, body } = await cloud.api("POST", "/api/v1/tenants", {
        id: "Not An Id",
        name: "",
        domains: ["x"],
        owner: "me",
      });

      expect([status, body.code]).to.deep.equal([400, "REQUEST_INVALID"]);
      const paths = (body.details as unknown as Problems).problems.map(({ path }) => path);
      expect(paths).to.have.members(["id", "name", "domains.0", "owner"]);
      for (const path of paths) expect(body.message).to.contain(path);
    });

    it("that cannot be read are refused in the same form", async () => {
      const send = async (raw: string, type = "application/json") => {
        const headers = { "content-type": type };
        const { status, body } = await cloud.api("POST", "/api/v1/tenants", undefined, { raw, headers });
        return [status, body.code];
      };

      expect(await send("{")).to.deep.equal([400, "REQUEST_INVALID"]);
      expect(await send("")).to.deep.equal([400, "REQUEST_INVALID"]);
      expect(await send('{"__proto__":{"a":1}}')).to.deep.equal([400, "REQUEST_INVALID"]);
      expect(await send("a=b", "text/plain")).to.deep.equal([400, "REQUEST_INVALID"]);
      expect(await send(`"${"x".repeat(20_000)}"`)).to.deep.equal([413, "REQUEST_TOO_LARGE"]);
    });

    it("to unknown addresses are refused", async () => {
      for (const [method, path] of [
        ["GET", "/api"],
        ["GET", "/api/v1/secrets"],
        ["PUT", "/api/v1/tenants"],
        ["GET", "/%zz"],
      ] as const) {
        const { status, body } = await cloud.api(method, path);
        expect([400, 404], path).to.include(status);
        expect(["NOT_FOUND", "REQUEST_INVALID"], path).to.include(body.code);
      }
    });

    it("get headers that keep browsers and caches out, and an id that the log has too", async () => {
      const { headers } = await cloud.api("GET", "/api/v1/tenants");

      expect(headers.get("content-security-policy")).to.contain("default-src 'none'");
      expect(headers.get("cache-control")).to.equal("no-store");
      expect(headers.get("x-content-type-options")).to.equal("nosniff");
      expect(cloud.logged()).to.contain(headers.get("x-request-id"));
    });

    it("never end in a 500, whatever JSON they carry", async () => {
      const { body: api } = await cloud.api<{
        paths: Record<string, Record<string, { requestBody?: unknown }>>;
      }>("GET", "/openapi.json");
      const targets = Object.entries(api.paths).flatMap(([path, methods]) =>
        Object.entries(methods)
          .filter(([, { requestBody }]) => requestBody !== undefined)
          .map(([method]) => ({ method: method.toUpperCase(), path })),
      );
      const names = [
        "id",
        "name",
        "domains",
        "user",
        "operation",
        "newPassword",
        "policy",
        "scopes",
        "order",
        "sealed",
      ];
      const body = fc.oneof(fc.jsonValue(), fc.dictionary(fc.constantFrom(...names), fc.jsonValue()));

      expect(targets).to.have.length.at.least(8);
      for (const { method, path } of targets) {
        const address = path.replace("{tenantId}", tenantId).replaceAll(/\{\w+\}/g, newId());
        await fc.assert(
          fc.asyncProperty(body, async (value) => {
            const { status } = await cloud.api(method, address, value);
            expect(status, `${method} ${path}`).to.satisfy((code: number) => code < 500 || code === 503);
          }),
          { numRuns: 30 },
        );
      }
    });
  });

  it("describes every route in OpenAPI, with bodies, answers and scopes", async () => {
    const { status, body } = await cloud.api<{
      openapi: string;
      paths: Record<string, Record<string, { security?: unknown; responses: object; description: string }>>;
    }>("GET", "/openapi.json", undefined, { key: null });
    const routes = Object.entries(body.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, route]) => ({ name: `${method.toUpperCase()} ${path}`, route })),
    );

    expect(status).to.equal(200);
    for (const { name, route } of routes) {
      expect(route.responses, name).to.have.property("default");
      expect(route.security, name).to.deep.equal([{ apiKey: [] }]);
      expect(route.description, name).to.match(/^Needs the scope /);
    }
    const t = "/api/v1/tenants/{tenantId}";
    expect(routes.map(({ name }) => name)).to.have.members([
      "GET /api/v1/tenants",
      "POST /api/v1/tenants",
      `GET ${t}`,
      `PATCH ${t}`,
      `PUT ${t}/logo`,
      `DELETE ${t}/logo`,
      `POST ${t}/enrollments`,
      `GET ${t}/enrollments`,
      `POST ${t}/enrollments/{tokenId}/revoke`,
      `GET ${t}/agents`,
      `GET ${t}/agents/{agentId}`,
      `POST ${t}/agents/{agentId}/approve`,
      `POST ${t}/agents/{agentId}/revoke`,
      `GET ${t}/sources`,
      `GET ${t}/sources/{source}`,
      `PATCH ${t}/sources/{source}`,
      `POST ${t}/sources/{source}/remove`,
      `GET ${t}/ambiguous-names`,
      `GET ${t}/users`,
      `GET ${t}/users/{user}`,
      `POST ${t}/users/{user}/unblock`,
      `POST ${t}/users/{user}/sign-out`,
      `DELETE ${t}/users/{user}/registration`,
      `GET ${t}/policy`,
      `PUT ${t}/policy`,
      `GET ${t}/limits`,
      `GET ${t}/limits/{limit}`,
      `POST ${t}/limits/{limit}/lift`,
      `GET ${t}/deliveries`,
      `POST ${t}/messages/test`,
      `POST ${t}/sync-runs`,
      `GET ${t}/sync-runs`,
      `GET ${t}/sync-runs/held`,
      `GET ${t}/sync-runs/{runId}`,
      `GET ${t}/sync-runs/{runId}/held`,
      `GET ${t}/sync-runs/{runId}/problems`,
      `POST ${t}/sync-runs/{runId}/approve`,
      `POST ${t}/sync-runs/{runId}/discard`,
      `POST ${t}/writeback-drafts`,
      `POST ${t}/writebacks`,
      `GET ${t}/writebacks`,
      `GET ${t}/writebacks/{jobId}`,
      `POST ${t}/writebacks/{jobId}/cancel`,
      ...["/api/v1", t].flatMap((at) => [
        `GET ${at}/audit`,
        `GET ${at}/audit/verify`,
        `POST ${at}/api-keys`,
        `GET ${at}/api-keys`,
        `DELETE ${at}/api-keys/{keyId}`,
      ]),
    ]);
  });
});
