/** Fetches with a time-out. AbortSignal.timeout is too new for some phones. */
export async function fetchWithin(timeoutMs: number, address: string, init: RequestInit): Promise<Response> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), timeoutMs);
  try {
    return await fetch(address, { ...init, signal: controller.signal });
  } finally {
    clearTimeout(timer);
  }
}
