/** A file system in memory for the journal, with the faults of real disks. */
import type { JournalFiles } from "../../agent/writeback/journal-files.ts";

export interface DiskFaults {
  /** Free bytes. A write that does not fit is cut short without an error, and the next one throws ENOSPC. */
  freeBytes: number;
  /** These calls throw EIO. */
  readonly broken: Set<"write" | "truncate" | "rename" | "open">;
}

export interface MemoryFiles extends JournalFiles {
  readonly content: Map<string, Buffer>;
  readonly faults: DiskFaults;
  /** Called for every write. */
  onWrite: () => void;
}

export function memoryFiles(initial: Iterable<readonly [string, Buffer]> = []): MemoryFiles {
  const content = new Map<string, Buffer>(initial);
  const faults: DiskFaults = { freeBytes: Infinity, broken: new Set() };

  const fail = (code: string): never => {
    throw Object.assign(new Error(code), { code });
  };
  const check = (call: "write" | "truncate" | "rename" | "open"): void => {
    if (faults.broken.has(call)) fail("EIO");
  };
  /** Files are named by path but open files follow a rename, as inodes do. */
  const inodes = new Map<string, { bytes: Buffer }>();
  const inodeOf = (path: string): { bytes: Buffer } => {
    const known = inodes.get(path) ?? { bytes: content.get(path) ?? Buffer.alloc(0) };
    inodes.set(path, known);
    return known;
  };
  const publish = (inode: { bytes: Buffer }): void => {
    for (const [path, other] of inodes) if (other === inode) content.set(path, inode.bytes);
  };

  const files: MemoryFiles = {
    content,
    faults,
    onWrite: () => undefined,
    read: (path) => Promise.resolve(content.get(path) ?? null),
    async open(path) {
      check("open");
      const inode = inodeOf(path);
      publish(inode);
      return Promise.resolve({
        async write(bytes: Buffer, position: number) {
          check("write");
          files.onWrite();
          const growth = Math.max(0, position + bytes.length - inode.bytes.length);
          if (growth > 0 && faults.freeBytes <= 0) fail("ENOSPC");
          const lost = Math.max(0, growth - faults.freeBytes);
          const written = bytes.length - lost;
          faults.freeBytes -= growth - lost;
          const size = Math.max(inode.bytes.length, position + written);
          const next = Buffer.alloc(size);
          inode.bytes.copy(next);
          bytes.copy(next, position, 0, written);
          inode.bytes = next;
          publish(inode);
          return Promise.resolve(written);
        },
        async truncate(length: number) {
          check("truncate");
          faults.freeBytes += Math.max(0, inode.bytes.length - length);
          inode.bytes = inode.bytes.subarray(0, length);
          publish(inode);
          return Promise.resolve();
        },
        close: () => Promise.resolve(),
      });
    },
    async rename(from, to) {
      check("rename");
      const inode = inodeOf(from);
      inodes.delete(from);
      content.delete(from);
      inodes.set(to, inode);
      publish(inode);
      return Promise.resolve();
    },
    async remove(path) {
      faults.freeBytes += content.get(path)?.length ?? 0;
      inodes.delete(path);
      content.delete(path);
      return Promise.resolve();
    },
    syncDirectory: () => Promise.resolve(),
  };
  return files;
}
