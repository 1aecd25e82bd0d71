/** A source is one directory of a tenant. The agent states which directory it serves; the cloud compares. */
import { z } from "zod";

const dn = z.string().min(1).max(1024);

/** Which directory it is: equal on all replicas of one directory, different on two directories with the same suffix. */
export const directoryIdentitySchema = z.strictObject({
  /** Equal for the same directory, and compared as text. */
  key: z.string().min(1).max(1200),
  /** DN of the naming context that holds the users. */
  suffix: dn,
  /** The directory's own name: the DNS domain of the naming context, or its DN. */
  name: z.string().min(1).max(1024),
  /** False where the naming context shows no id: the key then names an entry below it, or nothing that tells two servers apart. */
  hasId: z.boolean(),
});
export type DirectoryIdentity = z.infer<typeof directoryIdentitySchema>;

/** The part of the directory that an agent is configured to read. Shown to explain why users came or went. */
export const directoryScopeSchema = z.strictObject({
  /** `id` is null where the base is not in the directory or shows no id. */
  bases: z
    .array(z.strictObject({ dn, id: z.string().max(64).nullable() }))
    .min(1)
    .max(64),
  filter: z.string().max(4096).nullable(),
  groups: z.array(dn).max(32),
});
export type DirectoryScope = z.infer<typeof directoryScopeSchema>;

/** What an agent states about its directory: in its enrolment, at each connection, and when it finds out later. */
export const statedDirectorySchema = z.strictObject({
  identity: directoryIdentitySchema,
  scope: directoryScopeSchema,
});
export type StatedDirectory = z.infer<typeof statedDirectorySchema>;

export const sourceNumberSchema = z.int().min(1).max(9999);

export const sourceNameSchema = z
  .string()
  .trim()
  .min(1)
  .max(1024)

  .regex(/^[^\u0000-\u001f\u007f]+$/, "must not contain control characters")
  .refine((name) => !/^\d+$/.test(name), "must not be a number: a number names the source with that number");

/** Names a directory so that two with the same suffix can be told apart. */
export const describeIdentity = ({ name, suffix, key, hasId }: DirectoryIdentity): string =>
  hasId || key.startsWith("id:") ? `${name}, ${key}` : `${name}, ${suffix}, which shows no id`;

type Base = DirectoryScope["bases"][number];

/** A base is the same one after its OU was renamed (same id), and while its id cannot be read (same DN). */
const isSameBase = (a: Base, b: Base): boolean =>
  a.id !== null && b.id !== null ? a.id === b.id : a.dn === b.dn;

/**
 * Tells what changed from one scope to another, such as `bases: ou=a → ou=b`. Empty when nothing did. The order of
 * bases and groups does not matter.
 */
export function describeScopeChange(from: DirectoryScope, to: DirectoryScope): string {
  const changes: string[] = [];
  const list = (names: readonly string[]): string => (names.length === 0 ? "none" : names.join("; "));
  const hasAll = (outer: DirectoryScope, inner: DirectoryScope): boolean =>
    inner.bases.every((base) => outer.bases.some((other) => isSameBase(base, other)));
  if (!hasAll(from, to) || !hasAll(to, from)) {
    const [before, after] = [list(from.bases.map(({ dn }) => dn)), list(to.bases.map(({ dn }) => dn))];
    changes.push(
      before === after
        ? `bases: another entry is at ${list(from.bases.filter((base) => !to.bases.some((other) => isSameBase(base, other))).map(({ dn }) => dn))} now`
        : `bases: ${before} → ${after}`,
    );
  }
  if (from.filter !== to.filter)
    changes.push(`filter: ${from.filter ?? "every person"} → ${to.filter ?? "every person"}`);
  const [groupsBefore, groupsAfter] = [[...from.groups].sort(), [...to.groups].sort()];
  if (groupsBefore.join("\n") !== groupsAfter.join("\n"))
    changes.push(`groups: ${list(groupsBefore)} → ${list(groupsAfter)}`);
  return changes.join(", ");
}
