/** The tenants of the installation and the domains that find them. */
import { domainToASCII } from "node:url";
import { z } from "zod";
import type { Clock } from "../../shared/clock.ts";
import { AppError } from "../../shared/errors.ts";
import { tenantIdSchema } from "../../shared/ids.ts";
import { keys } from "./keys.ts";
import { guard, type Store } from "./store.ts";

/** What people type after the @, as lowercase ASCII; other scripts become their xn-- form. */
export const domainSchema = z
  .string()
  .min(1)
  .max(253)
  .transform((text) => domainToASCII(text.trim()).toLowerCase())
  .pipe(
    z
      .string()
      .max(253)
      .regex(
        /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/,
        "must be a domain name, e.g. contoso.com",
      ),
  );

/** What a tenant may set for itself; absent means the installation's own value. */
export const tenantSettingsSchema = z.strictObject({
  deleteMinimum: z.int().min(1).max(1_000_000).optional(),
  deletePercent: z.number().min(0).max(100).optional(),
});
export type TenantSettings = z.infer<typeof tenantSettingsSchema>;

export const newTenantSchema = z.strictObject({
  id: tenantIdSchema,
  name: z.string().trim().min(1).max(200),
  domains: z.array(domainSchema).max(100).default([]),
  settings: tenantSettingsSchema.default({}),
});
export type NewTenant = z.input<typeof newTenantSchema>;

export const tenantPatchSchema = z.strictObject({
  name: newTenantSchema.shape.name.optional(),
  /** Replaces all of them. */
  domains: z.array(domainSchema).max(100).optional(),
  settings: tenantSettingsSchema.optional(),
});
export type TenantPatch = z.input<typeof tenantPatchSchema>;

export const tenantSchema = z.strictObject({
  ...newTenantSchema.shape,
  /** Epoch milliseconds. */
  createdAt: z.int().min(0),
});
export type Tenant = z.infer<typeof tenantSchema>;

export interface TenantStore {
  /** TENANT_EXISTS, DOMAIN_TAKEN. */
  create(tenant: NewTenant): Promise<Tenant>;
  /** Sorted by id. */
  list(): Promise<Tenant[]>;
  /** TENANT_UNKNOWN. */
  get(tenantId: string): Promise<Tenant>;
  /** TENANT_UNKNOWN, DOMAIN_TAKEN. */
  update(tenantId: string, patch: TenantPatch): Promise<Tenant>;
  /** TENANT_UNKNOWN, without reading the record. */
  assertTenant(tenantId: string): Promise<void>;
  /** Whose domain this is; null when nobody's. */
  findByDomain(domain: string): Promise<Tenant | null>;
}

const MAX_ATTEMPTS = 10;

export function createTenantStore({ store, clock }: { store: Store; clock: Clock }): TenantStore {
  const { redis } = store;
  const unknown = (tenantId: string): AppError =>
    new AppError("TENANT_UNKNOWN", `No tenant has the id '${tenantId.slice(0, 40)}'.`);

  /** `expected`: the stored text that this write replaces; empty for a new tenant. False when it is no longer that. */
  async function save(tenant: Tenant, expected: string): Promise<boolean> {
    const reply = (await store.call(
      "tenant_save",
      [keys.tenants, keys.domains],
      [tenant.id, expected, JSON.stringify(tenant), ...tenant.domains],
    )) as [string, string?];
    if (reply[0] === "TAKEN")
      throw new AppError("DOMAIN_TAKEN", `Another tenant has the domain '${reply[1] ?? ""}'.`, {
        details: { domain: reply[1] ?? "" },
      });
    return reply[0] === "OK";
  }

  async function read(tenantId: string): Promise<{ tenant: Tenant; text: string }> {
    const text = await guard(() => redis.hget(keys.tenants, tenantId));
    if (text === null) throw unknown(tenantId);
    return { tenant: parseTenant(tenantId, text), text };
  }

  return {
    async create(input) {
      const parsed = newTenantSchema.parse(input);
      const tenant: Tenant = { ...parsed, domains: [...new Set(parsed.domains)], createdAt: clock.now() };
      if (!(await save(tenant, "")))
        throw new AppError("TENANT_EXISTS", `A tenant with the id '${tenant.id}' exists already.`);
      return tenant;
    },
    async list() {
      const all = await guard(() => redis.hgetall(keys.tenants));
      return Object.entries(all)
        .map(([id, text]) => parseTenant(id, text))
        .sort((a, b) => (a.id < b.id ? -1 : 1));
    },
    async get(tenantId) {
      return (await read(tenantId)).tenant;
    },
    async update(tenantId, input) {
      const patch = tenantPatchSchema.parse(input);
      for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
        const { tenant, text } = await read(tenantId);
        const changed: Tenant = {
          ...tenant,
          name: patch.name ?? tenant.name,
          domains: [...new Set(patch.domains ?? tenant.domains)],
          settings: patch.settings ?? tenant.settings,
        };
        if (await save(changed, text)) return changed;
      }
      throw new AppError("STORE_UNAVAILABLE", `The tenant '${tenantId}' is being changed all the time.`);
    },
    async assertTenant(tenantId) {
      if ((await guard(() => redis.hexists(keys.tenants, tenantId))) === 0) throw unknown(tenantId);
    },
    async findByDomain(domain) {
      const parsed = domainSchema.safeParse(domain);
      if (!parsed.success) return null;
      const tenantId = await guard(() => redis.hget(keys.domains, parsed.data));
      return tenantId === null ? null : (await read(tenantId)).tenant;
    },
  };
}

function parseTenant(tenantId: string, text: string): Tenant {
  try {
    return tenantSchema.parse(JSON.parse(text));
  } catch (error) {
    throw new AppError(
      "RECORD_CORRUPT",
      `The record of tenant '${tenantId}' in ${keys.tenants} is damaged.`,
      {
        cause: error,
      },
    );
  }
}
