/** Stores the tenants of the installation and the index of their domains. */
import { hash } from "node:crypto";
import { domainToASCII } from "node:url";
import { z } from "zod";
import { colourSchema, LOGO_TYPES, type LogoType } from "../../shared/api/brand.ts";
import type { Clock } from "../../shared/clock.ts";
import { AppError, isAppError } from "../../shared/errors.ts";
import { tenantIdSchema } from "../../shared/ids.ts";
import { readName } from "../../shared/user-names.ts";
import { parseAuthentic, printAuthentic } from "./authentic.ts";
import { checkLogo } from "./check-logo.ts";
import { compareAndSet } from "./compare-and-set.ts";
import { keys } from "./keys.ts";
import { guard, type Store } from "./store.ts";

/** Domain of a user name (the part after the @) in lowercase ASCII; other scripts become their xn-- form. */
const domainSchema = z
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

/** Settings that a tenant may override; an absent one has the installation's value. */
export const tenantSettingsSchema = z.strictObject({
  deleteMinimum: z.int().min(1).max(1_000_000).optional(),
  deletePercent: z.number().min(0).max(100).optional(),
  /** Colour of the portal's header and buttons. The text on it is white. */
  colour: colourSchema.optional(),
  /** Name shown at the top of the portal instead of the tenant's name. */
  portalName: z.string().trim().min(1).max(80).optional(),
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
  /** Replaces all domains. */
  domains: z.array(domainSchema).max(100).optional(),
  /** An absent setting stays; null removes it. */
  settings: z
    .strictObject({
      deleteMinimum: tenantSettingsSchema.shape.deleteMinimum.nullable(),
      deletePercent: tenantSettingsSchema.shape.deletePercent.nullable(),
      colour: tenantSettingsSchema.shape.colour.nullable(),
      portalName: tenantSettingsSchema.shape.portalName.nullable(),
    })
    .optional(),
});
export type TenantPatch = z.input<typeof tenantPatchSchema>;

export const tenantSchema = z.strictObject({
  ...newTenantSchema.shape,
  /** Describes the logo; `logo()` reads the image itself. */
  logo: z
    .strictObject({
      type: z.enum(LOGO_TYPES),
      /** Digest of the image. Each image has its own, so a URL that contains it may be cached without a time limit. */
      digest: z.string().regex(/^[0-9a-f]{16}$/),
    })
    .nullable()
    .default(null),
  /** Epoch milliseconds. */
  createdAt: z.int().min(0),
});
export type Tenant = z.infer<typeof tenantSchema>;

export interface TenantStore {
  /** Throws TENANT_EXISTS, DOMAIN_TAKEN. */
  create(tenant: NewTenant): Promise<Tenant>;
  /** Lists all tenants, sorted by id. Leaves out those that `get` refuses. */
  list(): Promise<Tenant[]>;
  /** Throws TENANT_UNKNOWN, RECORD_FORGED. */
  get(tenantId: string): Promise<Tenant>;
  /** Throws TENANT_UNKNOWN, DOMAIN_TAKEN. */
  update(tenantId: string, patch: TenantPatch): Promise<Tenant>;
  /** Throws TENANT_UNKNOWN when the tenant does not exist. Does not read the record. */
  assertTenant(tenantId: string): Promise<void>;
  /** Finds the tenant that has this domain; null when none has it. */
  findByDomain(domain: string): Promise<Tenant | null>;
  /**
   * Finds the tenant for a typed user name by its domain, the part after the last @. Without a known domain it is the
   * default tenant or, when no default is given, the only tenant of the installation. Null when the tenant cannot be
   * determined.
   */
  findForUserName(userName: string, defaultTenant?: string): Promise<Tenant | null>;
  /** Throws TENANT_UNKNOWN, LOGO_INVALID. */
  setLogo(tenantId: string, bytes: Buffer): Promise<Tenant>;
  /** Removes the logo; does nothing when there is none. Throws TENANT_UNKNOWN. */
  removeLogo(tenantId: string): Promise<Tenant>;
  /** Reads the logo; null when the tenant does not exist or has no logo. */
  logo(tenantId: string): Promise<TenantLogo | null>;
}

export interface TenantLogo {
  readonly type: LogoType;
  readonly digest: string;
  readonly bytes: Buffer;
}

/** Returns the domains of a tenant; none for a tenant that does not exist. Throws RECORD_FORGED. */
export async function tenantDomains(store: Store, tenantId: string): Promise<readonly string[]> {
  const text = await guard(() => store.redis.hget(keys.tenants, tenantId));
  return text === null ? [] : parseTenant(tenantId, parseAuthentic(store, recordOf(tenantId), text)).domains;
}

export function createTenantStore({ store, clock }: { store: Store; clock: Clock }): TenantStore {
  const { redis } = store;
  const parse = (tenantId: string, value: string): Tenant =>
    parseTenant(tenantId, parseAuthentic(store, recordOf(tenantId), value));
  const unknown = (tenantId: string): AppError =>
    new AppError("TENANT_UNKNOWN", `No tenant has the id '${tenantId.slice(0, 40)}'.`);

  /** Saves a tenant in place of `expected`, the stored text (empty for a new tenant). False when another text is stored. */
  async function save(tenant: Tenant, expected: string): Promise<boolean> {
    const reply = (await store.call(
      "tenant_save",
      [keys.tenants, keys.domains],
      [
        tenant.id,
        expected,
        printAuthentic(store, recordOf(tenant.id).key, JSON.stringify(tenant)),
        ...tenant.domains,
      ],
    )) as [string, string?];
    if (reply[0] === "TAKEN")
      throw new AppError("DOMAIN_TAKEN", `Another tenant already has the domain '${reply[1] ?? ""}'.`, {
        details: { domain: reply[1] ?? "" },
      });
    return reply[0] === "OK";
  }

  async function read(tenantId: string): Promise<{ tenant: Tenant; text: string }> {
    const text = await guard(() => redis.hget(keys.tenants, tenantId));
    if (text === null) throw unknown(tenantId);
    return { tenant: parse(tenantId, text), text };
  }

  async function change(tenantId: string, change: (tenant: Tenant) => Tenant): Promise<Tenant> {
    const result = await compareAndSet({
      record: `tenant '${tenantId}'`,
      read: () => read(tenantId),
      change: ({ tenant }) => change(tenant),
      write: async (changed, { text }) => ((await save(changed, text)) ? changed : null),
    });
    if (result?.stored == null) throw unknown(tenantId);
    return result.stored;
  }

  async function find(tenantId: string): Promise<Tenant | null> {
    const text = await guard(() => redis.hget(keys.tenants, tenantId));
    return text === null ? null : parse(tenantId, text);
  }

  async function findByDomain(domain: string): Promise<Tenant | null> {
    const parsed = domainSchema.safeParse(domain);
    if (!parsed.success) return null;
    for (let tries = 1; ; tries += 1) {
      const tenantId = await guard(() => redis.hget(keys.domains, parsed.data));
      const tenant = tenantId === null ? null : await find(tenantId);
      if (tenant === null || tenant.domains.includes(parsed.data)) return tenant;
      // The record decides, not the index. Only a domain that moves between the two reads may differ once.
      if (tries === 2)
        throw store.refusals.refuse({
          kind: "domain",
          tenantId: null,
          key: `${keys.domains} ${parsed.data}`,
        });
    }
  }

  async function onlyTenant(): Promise<Tenant | null> {
    if ((await guard(() => redis.hlen(keys.tenants))) !== 1) return null;
    const [only] = Object.entries(await guard(() => redis.hgetall(keys.tenants)));
    return only === undefined ? null : parse(...only);
  }

  return {
    async create(input) {
      const parsed = newTenantSchema.parse(input);
      const tenant: Tenant = {
        ...parsed,
        domains: [...new Set(parsed.domains)],
        logo: null,
        createdAt: clock.now(),
      };
      if (!(await save(tenant, "")))
        throw new AppError("TENANT_EXISTS", `A tenant with the id '${tenant.id}' already exists.`);
      return tenant;
    },
    async list() {
      const all = await guard(() => redis.hgetall(keys.tenants));
      return Object.entries(all)
        .flatMap(([id, text]) => {
          try {
            return [parse(id, text)];
          } catch (error) {
            if (isAppError(error, "RECORD_FORGED")) return [];
            throw error;
          }
        })
        .sort((a, b) => (a.id < b.id ? -1 : 1));
    },
    async get(tenantId) {
      return (await read(tenantId)).tenant;
    },
    async update(tenantId, input) {
      const patch = tenantPatchSchema.parse(input);
      return change(tenantId, (tenant) => ({
        ...tenant,
        name: patch.name ?? tenant.name,
        domains: [...new Set(patch.domains ?? tenant.domains)],
        settings: mergeSettings(tenant.settings, patch.settings ?? {}),
      }));
    },
    async assertTenant(tenantId) {
      if ((await guard(() => redis.hexists(keys.tenants, tenantId))) === 0) throw unknown(tenantId);
    },
    findByDomain,
    async findForUserName(userName, defaultTenant) {
      const { text } = readName(userName);
      const at = text.lastIndexOf("@");
      const byDomain = at === -1 ? null : await findByDomain(text.slice(at + 1));
      if (byDomain !== null) return byDomain;
      return defaultTenant === undefined ? onlyTenant() : find(defaultTenant);
    },
    async setLogo(tenantId, bytes) {
      const check = checkLogo(bytes);
      if (!check.ok) throw new AppError("LOGO_INVALID", `The logo cannot be used: ${check.problem}.`);
      await read(tenantId);
      // The image is stored first, so that the record never names an image that does not exist.
      await guard(() => redis.hset(keys.tenantLogos, tenantId, bytes));
      const logo = { type: check.type, digest: digestOf(bytes) };
      return change(tenantId, (tenant) => ({ ...tenant, logo }));
    },
    async removeLogo(tenantId) {
      const tenant = await change(tenantId, (present) => ({ ...present, logo: null }));
      await guard(() => redis.hdel(keys.tenantLogos, tenantId));
      return tenant;
    },
    async logo(tenantId) {
      const [tenant, bytes] = await Promise.all([
        find(tenantId),
        guard(() => redis.hgetBuffer(keys.tenantLogos, tenantId)),
      ]);
      if (tenant?.logo == null || bytes === null) return null;
      // The record has the digest of the image. A logo that is being replaced may differ from it for a moment.
      return digestOf(bytes) === tenant.logo.digest ? { ...tenant.logo, bytes } : null;
    },
  };
}

/** The name that the MAC of a tenant's record is bound to. */
export const tenantRecordName = (tenantId: string): string => `${keys.tenants} ${tenantId}`;

const recordOf = (tenantId: string) =>
  ({ kind: "tenant", tenantId, key: tenantRecordName(tenantId) }) as const;

const digestOf = (image: Buffer): string => hash("sha256", image, "hex").slice(0, 16);

type SettingsPatch = NonNullable<z.infer<typeof tenantPatchSchema>["settings"]>;

function mergeSettings(present: TenantSettings, patch: SettingsPatch): TenantSettings {
  const merged = Object.entries({ ...present, ...patch }).filter(
    ([, value]) => value !== null && value !== undefined,
  );
  return tenantSettingsSchema.parse(Object.fromEntries(merged));
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
