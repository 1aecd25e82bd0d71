import { open } from "node:fs/promises";

/** Makes a rename in the directory last: without it a power cut may bring the old name back. Windows has no such call. */
export async function syncDirectory(path: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
