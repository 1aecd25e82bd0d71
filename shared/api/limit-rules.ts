/** The limits that a tenant may set in its policy. Everything else is fixed (cloud/limits/counters.ts). */
import { z } from "zod";

const perHour = (most: number): z.ZodInt => z.int().min(1).max(most);
const cidr = z.union([z.cidrv4(), z.cidrv6()], {
  error: "must be a network such as 203.0.113.0/24 or 2001:db8:1::/48",
});

export const limitRulesSchema = z.strictObject({
  /** Most per hour from one network (IPv4 /24, IPv6 /48) that is not listed in ownNetworks. */
  perNetwork: z
    .strictObject({
      /** Visits begun whose visitor has not proved who they are. */
      starts: perHour(100_000).default(120),
      /** Text messages and calls whose code was not used. */
      codes: perHour(100_000).default(60),
      /** Wrong codes and answers of visits that did not end in a proof. */
      failedCodes: perHour(10_000).default(15),
      /** Wrong passwords of visits to the registration portal that did not end in a sign-in. */
      failedSignIns: perHour(10_000).default(30),
    })
    .prefault({}),
  /** The organisation's own networks, with numbers of their own. Each is counted as a whole. */
  ownNetworks: z
    .array(
      z.strictObject({
        network: cidr,
        starts: perHour(1_000_000).default(2_000),
        codes: perHour(1_000_000).default(1_000),
        failedCodes: perHour(100_000).default(150),
        failedSignIns: perHour(100_000).default(300),
      }),
    )
    .max(100)
    .default([]),
  /**
   * Most text messages and calls a day whose code was not used: this number, or this share of the users, whichever is more. Half of
   * it is kept for users and networks that have proved who they are before. One network may use a third of a half (an own network:
   * half of a half), so that no single network uses either up.
   */
  codesPerDay: z
    .strictObject({
      minimum: z.int().min(10).max(1_000_000).default(240),
      percentOfUsers: z.number().min(0).max(1_000).default(40),
    })
    .prefault({}),
  /**
   * Wrong codes (or wrong passwords) for so many user names (or this share of the users, whichever is more), from so many networks,
   * within an hour mean that the tenant is under attack. Names that do not exist count like the others.
   */
  attack: z
    .strictObject({
      users: z.int().min(5).max(1_000_000).default(20),
      percentOfUsers: z.number().min(0.1).max(100).default(2),
      networks: z.int().min(2).max(10_000).default(10),
    })
    .prefault({}),
});
export type LimitRules = z.infer<typeof limitRulesSchema>;
