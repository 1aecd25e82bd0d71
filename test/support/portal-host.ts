/** Serves the portals over HTTP like a cloud node, with real Redis and a scripted reset. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { gzipSync } from "node:zlib";
import type { ApiServices } from "../../cloud/admin/api-context.ts";
import { createApiServer } from "../../cloud/admin/server.ts";
import { createPortalKeys } from "../../cloud/keys/portal-keys.ts";
import type { PortalTenant } from "../../cloud/portal/portal-tenants.ts";
import { type PortalDeps, registerPortal } from "../../cloud/portal/register-portal.ts";
import { createLimits } from "../../cloud/store/limits.ts";
import { openStore } from "../../cloud/store/store.ts";
import { createUsedTokens } from "../../cloud/store/used-tokens.ts";
import { freePort } from "../../lab/free-port.ts";
import { createPortalClient, type PortalClient, type PortalClientOptions } from "../../lab/portal-client.ts";
import { type PolicyInput, policySchema } from "../../shared/api/policy.ts";
import { systemClock } from "../../shared/clock.ts";
import { AppError } from "../../shared/errors.ts";
import { newId } from "../../shared/ids.ts";
import { createLogger, silentLogger } from "../../shared/logger.ts";
import { toBase64url } from "../../shared/sealing/bytes.ts";
import { Secret } from "../../shared/secret.ts";
import { CloseStack } from "../../shared/shutdown.ts";
import { testMac } from "./record-mac.ts";
import { sharedRedis } from "./redis.ts";
import { createScriptedReset, type ScriptedReset } from "./scripted-reset.ts";

export interface PortalHost extends AsyncDisposable {
  readonly url: string;
  readonly reset: ScriptedReset;
  readonly tenantId: string;
  /** Opens a client with its own cookies and network address. */
  visitor(options?: Partial<PortalClientOptions>): PortalClient;
  /** Opens a client that has begun, and so has a session. */
  begun(options?: Partial<PortalClientOptions>): Promise<PortalClient>;
  /** Takes effect at once. */
  policy: PolicyInput;
  /** The node's log lines. */
  readonly log: readonly string[];
}

export interface PortalHostOptions {
  readonly tenant?: Partial<PortalTenant>;
  readonly more?: Partial<PortalDeps>;
}

const CAPTCHA_TRIES = 4;

export async function startPortalHost({ tenant, more }: PortalHostOptions = {}): Promise<PortalHost> {
  const open = new CloseStack();
  const tenantId = `t${newId().toLowerCase()}`;
  const home: PortalTenant = { id: tenantId, name: "Contoso", settings: {}, logo: null, ...tenant };
  const store = open.add(
    await openStore({ mac: testMac, connection: (await sharedRedis()).connection, log: silentLogger }),
  );
  const assetsDirectory = await makeAssets(open);
  const reset = createScriptedReset();
  const lines: string[] = [];
  const log = createLogger({
    service: "test",
    level: "debug",
    stream: new Writable({
      write(line: Buffer, _encoding, done) {
        lines.push(line.toString("utf8"));
        done();
      },
    }),
  });
  const closing = new AbortController();
  // Known beforehand, because the origin of a form is compared with it.
  const port = await freePort();
  const publicUrl = `http://127.0.0.1:${port}`;
  const app = await createApiServer({
    config: { publicUrl, trustedProxies: ["127.0.0.1"], tls: undefined, hstsSubdomains: false },
    services: { clock: systemClock, closing: closing.signal } as unknown as ApiServices,
    log,
  });
  const site = { policy: { scope: "all" } as PolicyInput };
  await registerPortal(app, {
    config: { enabled: true, captchaTries: CAPTCHA_TRIES, defaultTenant: undefined },
    publicUrl,
    reset,
    registration: () => undefined,
    tenants: {
      findForUserName: (name) => Promise.resolve(name.endsWith("@nobody.example") ? null : home),
      get: (id) => (id === tenantId ? Promise.resolve(home) : Promise.reject(new AppError("TENANT_UNKNOWN"))),
      logo: () => Promise.resolve(null),
    },
    policy: { get: () => Promise.resolve({ policy: policySchema.parse(site.policy) }) },
    portalKeys: createPortalKeys(new Secret(toBase64url(Buffer.alloc(32, 7)))),
    limits: createLimits({ store }),
    isFirstUse: createUsedTokens({ store }),
    isUnderAttack: () => Promise.resolve(false),
    assetsDirectory,
    clock: systemClock,
    log,
    closing: closing.signal,
    ...more,
  });
  await app.listen({ host: "127.0.0.1", port });
  open.defer(async () => {
    closing.abort();
    await app.close();
  });
  let visitors = 0;
  const visitor = (options: Partial<PortalClientOptions> = {}): PortalClient => {
    const client = createPortalClient({ url: publicUrl, address: addressOf(visitors++), ...options });
    open.defer(() => client.close());
    return client;
  };
  return Object.assign(site, {
    url: publicUrl,
    reset,
    tenantId,
    log: lines,
    visitor,
    async begun(options: Partial<PortalClientOptions> = {}) {
      const client = visitor(options);
      await client.open("/reset");
      await client.submit("/reset/start", { userName: "jane@contoso.example" });
      return client;
    },
    [Symbol.asyncDispose]: () => open.close(),
  });
}

/** Returns an address in its own block, because limits count blocks per tenant. */
const addressOf = (count: number): string => `2001:db8:${(count + 1).toString(16)}::1`;

/** Writes the smallest possible result of a build of web/. */
async function makeAssets(open: CloseStack): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "latchkey-assets-"));
  open.defer(() => rm(directory, { recursive: true, force: true }));
  const manifest = {
    "portal.js": "portal.0a1b.js",
    "portal.css": "portal.2c3d.css",
    "icon.svg": "icon.4e5f.svg",
  };
  await writeFile(join(directory, "manifest.json"), JSON.stringify(manifest));
  await writeFile(join(directory, "portal.0a1b.js"), "export {};\n");
  await writeFile(join(directory, "portal.2c3d.css"), "main{}\n");
  await writeFile(join(directory, "icon.4e5f.svg"), '<svg xmlns="http://www.w3.org/2000/svg"/>\n');
  await writeFile(join(directory, "portal.0a1b.js.gz"), gzipSync("export {};\n"));
  return directory;
}
