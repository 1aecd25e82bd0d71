/** Starts an installation with both portals, real users in a real directory, and access to the messages sent. */
import type { Redis } from "ioredis";
import { type Installation, type InstallationOptions, startInstallation } from "../../lab/installation.ts";
import { createOutbox, type Outbox } from "../../lab/outbox.ts";
import { createPortalClient, type PortalClient, type PortalClientOptions } from "../../lab/portal-client.ts";
import { type AuditEntry, auditPageSchema } from "../../shared/api/audit.ts";
import type { PolicyInput } from "../../shared/api/policy.ts";
import { type Writeback, writebackListSchema } from "../../shared/api/writebacks.ts";
import { CloseStack } from "../../shared/shutdown.ts";
import { type ApiClient, createApiClient } from "./api-client.ts";
import { reopenFirstRun } from "./first-run.ts";
import type { MoreAboutPerson, People, Person } from "./people.ts";

/** A user with the number and address in the form that the cloud sends to. */
export interface PortalPerson extends Person {
  readonly mobile: string;
  readonly alternateEmail: string;
}

export interface PortalInstallation {
  readonly people: People;
  readonly installation: Installation;
  readonly api: ApiClient;
  readonly outbox: Outbox;
  /** Opens a client with its own network address, so that limits per address do not affect other tests. */
  readonly visitor: (options?: Omit<PortalClientOptions, "url">) => PortalClient;
  /** Adds a synced user with a unique mobile number and private address. */
  readonly person: (more?: MoreAboutPerson) => Promise<PortalPerson>;
  /** Adds several such users with one sync. */
  readonly persons: (count: number, more?: MoreAboutPerson) => Promise<PortalPerson[]>;
  /** Entries of the audit that are about this person, newest first. */
  readonly trail: (person: Person) => Promise<AuditEntry[]>;
  /** Writebacks for this person, newest first. */
  readonly jobsOf: (person: Person) => Promise<Writeback[]>;
  readonly close: () => Promise<void>;
}

export const OPEN_POLICY = {
  scope: "all",
  phoneRegion: "BE",
  default: {
    methods: ["text", "call", "office_call", "email", "authenticator", "recovery_code", "questions"],
  },
  contact: { emails: ["helpdesk@contoso.test"] },
  admins: { emails: ["admins@contoso.test"] },
} as const satisfies PolicyInput;

/** `people` are the caller's to stop. */
export async function startPortalInstallation(
  people: People,
  options: Omit<InstallationOptions, "directory"> = {},
  /** Opens the Redis of the cloud, where it is not the embedded one. */
  openRedis?: () => Redis,
): Promise<PortalInstallation> {
  const open = new CloseStack();
  try {
    const installation = open.add(
      await startInstallation({
        directory: people.directory,
        policy: OPEN_POLICY,
        ...options,
        cloudConfig: { trustedProxies: ["127.0.0.1"], ...options.cloudConfig },
        agentConfig: {
          sync: { schedule: "off" },
          attributes: { alternateEmail: people.alternateEmailAttribute },
          writeback: {
            protectedGroups: people.protectedGroups,
            maxPerMinute: 10_000,
            maxPerHour: 10_000,
            maxPerDay: 10_000,
            maxPerUser: 1_000,
            maxPerUserDay: 10_000,
          },
          ...options.agentConfig,
        },
      }),
    );
    const api = createApiClient(installation);
    await api.sync({ policy: "initial" });
    const outbox = createOutbox(installation.url);
    open.defer(() => outbox.close());
    let addresses = 0;
    let numbers = 0;

    const persons: PortalInstallation["persons"] = async (count, more = {}) => {
      const added: PortalPerson[] = [];
      for (let each = 0; each < count; each++) {
        const mobile = `+32471${String(++numbers * 7 + 100_000).padStart(6, "0")}`;
        const alternateEmail = `private-${numbers}-${Date.now().toString(36)}@home.test`;
        const person = await people.add(mobile, { alternateEmail, ...more });
        added.push({ ...person, mobile, alternateEmail: more.alternateEmail ?? alternateEmail });
      }
      await reopenFirstRun(installation, 1, openRedis);
      await api.sync();
      return added;
    };

    return {
      people,
      installation,
      api,
      outbox,
      visitor(extra = {}) {
        addresses += 1;
        // Limits count networks of 256.
        const address = `10.${addresses >> 8}.${addresses & 255}.9`;
        const client = createPortalClient({ url: installation.url, address, ...extra });
        open.defer(() => client.close());
        return client;
      },
      async person(more) {
        const [person] = await persons(1, more);
        return person as PortalPerson;
      },
      persons,
      async trail({ id }) {
        const { items } = await api.call(auditPageSchema, "GET", "/audit?limit=500");
        return items.filter((entry) => JSON.stringify(entry).includes(id));
      },
      async jobsOf({ id }) {
        const { items } = await api.call(writebackListSchema, "GET", "/writebacks?limit=100");
        return items.filter(({ userId }) => userId === id);
      },
      close: () => open.close(),
    };
  } catch (error) {
    await open.close();
    throw error;
  }
}
