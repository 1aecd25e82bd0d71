/** Starts a whole cloud node with its own Redis, and an owner's API client. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { startCloud } from "../../cloud/cloud.ts";
import { type CloudConfig, cloudConfigSchema } from "../../cloud/config/config.ts";
import { createKeyFiles, writeOnce } from "../../cloud/keys/key-files.ts";
import { prepareOwnerKey } from "../../cloud/owner-key.ts";
import type { ErrorBody } from "../../shared/api/error-body.ts";
import { systemClock } from "../../shared/clock.ts";
import { newId } from "../../shared/ids.ts";
import { createLogger } from "../../shared/logger.ts";
import { CloseStack } from "../../shared/shutdown.ts";
import { RECORD_SEED } from "./record-mac.ts";
import { startRedis } from "./redis.ts";
import { atEndOfRun, once } from "./teardown.ts";

/** An answer of the API. The test gives the type of the body. */
export interface ApiAnswer<T> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
}

export interface ApiCallOptions {
  readonly key?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
  /** A body to send unchanged. */
  readonly raw?: string;
}

export type TestCloud = Awaited<ReturnType<typeof startTestCloud>>;

export async function startTestCloud(changes: Partial<Record<keyof CloudConfig, unknown>> = {}) {
  const open = new CloseStack();
  const dataDirectory = await mkdtemp(join(tmpdir(), "latchkey-cloud-"));
  open.defer(() => rm(dataDirectory, { recursive: true, force: true }));
  await writeOnce(join(dataDirectory, "records.key"), `${RECORD_SEED.reveal()}\n`);
  await createKeyFiles(dataDirectory);
  const ownerKey = (await prepareOwnerKey(dataDirectory)).reveal();
  const ownerKeyFile = join(dataDirectory, "owner.key");
  await writeFile(ownerKeyFile, `${ownerKey}\n`, { mode: 0o600 });
  const redis = await startRedis();
  open.defer(() => redis.stop());
  const config = cloudConfigSchema.parse({
    publicUrl: "http://127.0.0.1",
    listen: "127.0.0.1:0",
    node: `node-${newId()}`,
    dataDirectory,
    redis: { url: redis.url },
    notify: { outbox: true },
    ...changes,
  });
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
  const cloud = await startCloud(config, { log, clock: systemClock }).catch(async (error: unknown) => {
    await open.close();
    throw error;
  });
  open.add(cloud);

  async function api<T = ErrorBody>(
    method: string,
    path: string,
    body?: unknown,
    { key = ownerKey, headers = {}, raw }: ApiCallOptions = {},
  ): Promise<ApiAnswer<T>> {
    const content = raw ?? (body === undefined ? undefined : JSON.stringify(body));
    const response = await fetch(`${cloud.url}${path}`, {
      method,
      headers: {
        ...(key === null ? {} : { authorization: `Bearer ${key}` }),
        ...(content === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(content === undefined ? {} : { body: content }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: (text === "" ? null : JSON.parse(text)) as T,
    };
  }

  return {
    url: cloud.url,
    metricsUrl: cloud.metricsUrl,
    config,
    dataDirectory,
    redis,
    ownerKey,
    ownerKeyFile,
    /** All log lines so far, one JSON object per line. */
    logged: () => lines.join(""),
    api,
    async newTenant(): Promise<string> {
      const id = `t${newId().toLowerCase()}`;
      const { status } = await api("POST", "/api/v1/tenants", { id, name: "Contoso" });
      if (status !== 201) throw new Error(`no tenant: ${status}`);
      return id;
    },
    async newKey(scopes: readonly string[], tenantId?: string): Promise<{ id: string; secret: string }> {
      const path = tenantId === undefined ? "/api/v1/api-keys" : `/api/v1/tenants/${tenantId}/api-keys`;
      const { body } = await api<{ key: { id: string }; secret: string }>("POST", path, {
        name: "test",
        scopes,
      });
      return { id: body.key.id, secret: body.secret };
    },
    close: () => open.close(),
  };
}

/** Shares one node in the whole run. Tests use separate tenants. */
export const sharedCloud = once(async () => {
  const cloud = await startTestCloud({ metrics: { listen: "127.0.0.1:0" } });
  atEndOfRun(() => cloud.close());
  return cloud;
});
