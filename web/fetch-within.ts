/** `fetch` that gives up. AbortSignal.timeout is too new for some phones. */
export async function fetchWithin(ms: number, address: string, init: RequestInit): Promise<Response> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), ms);
  try {
    return await fetch(address, { ...init, signal: controller.signal });
  } finally {
    clearTimeout(timer);
  }
}
