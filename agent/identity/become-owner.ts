/** Switches from root to the user who owns the state directory. */
import { type Stats, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { AppError } from "../../shared/errors.ts";

type Owner = Pick<Stats, "uid" | "gid">;

/**
 * Switches a process of root to the owner of the folder, so that `sudo latchkey-agent …` can read a service's state and
 * leaves nothing in it that the service cannot read. Does nothing for other users, or when root owns the folder. The
 * switch cannot be undone.
 *
 * Throws FOLDER_INACCESSIBLE when the owner could not enter this program's folder, whose modules are partly read later, or the
 * folder itself.
 */
export function becomeOwnerOf(folder: string): void {
  if (process.getuid?.() !== 0) return;
  const owner = statSync(folder, { throwIfNoEntry: false });
  if (owner === undefined || owner.uid === 0) return;
  checkFolders(owner, folder);
  process.setgroups?.([owner.gid]);
  process.setgid?.(owner.gid);
  process.setuid?.(owner.uid);
}

function checkFolders(owner: Owner, folder: string): void {
  const needed = [
    { path: import.meta.dirname, use: "holds this program" },
    { path: resolve(folder), use: "holds the state directory" },
  ];
  const closed = asUser(owner, () =>
    needed.flatMap(({ path, use }) =>
      foldersDownTo(path)
        .filter((part) => !canEnter(part))
        .map((part) => ({ folder: part, use })),
    ),
  )[0];
  if (closed === undefined) return;
  throw new AppError(
    "FOLDER_INACCESSIBLE",
    `User ${owner.uid} owns the state directory ${folder} but cannot enter ${closed.folder}, which ${closed.use}.`,
    { details: { folder: closed.folder, user: owner.uid } },
  );
}

/**
 * Runs `work` as that user, because not only the mode but also access lists and mounts decide about access. `work` must
 * be synchronous, because the whole process changes its user meanwhile.
 */
function asUser<T>({ uid, gid }: Owner, work: () => T): T {
  const groups = process.getgroups?.() ?? [];
  const ownGroup = process.getegid?.() ?? 0;
  try {
    process.setgroups?.([gid]);
    process.setegid?.(gid);
    process.seteuid?.(uid);
    return work();
  } finally {
    process.seteuid?.(0);
    process.setegid?.(ownGroup);
    process.setgroups?.(groups);
  }
}

/** `/`, `/usr`, `/usr/lib` … down to the folder itself. */
function foldersDownTo(path: string): string[] {
  const parent = dirname(path);
  return parent === path ? [path] : [...foldersDownTo(parent), path];
}

/** Looking up `.` inside the folder needs only the right to enter it. */
function canEnter(folder: string): boolean {
  try {
    statSync(`${folder}/.`);
    return true;
  } catch {
    return false;
  }
}
