/** Polls the page and loads it once the screen has changed. */
const DEFAULT_INTERVAL_MS = 1000;

export function startWaiting(element: HTMLElement): void {
  const address = element.dataset["waiting"] ?? location.href;
  const intervalMs = Number(element.dataset["waitingEvery"] ?? DEFAULT_INTERVAL_MS);
  const screenOf = (page: Document): string | undefined => page.querySelector("main")?.dataset["screen"];
  const present = screenOf(document);

  const poll = async (): Promise<void> => {
    try {
      const response = await fetch(address, { headers: { accept: "text/html" }, cache: "no-store" });
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      if (screenOf(page) !== present) {
        location.replace(address);
        return;
      }
    } catch {
      // Offline for a moment: the next poll may succeed.
    }
    setTimeout(() => void poll(), intervalMs);
  };
  setTimeout(() => void poll(), intervalMs);
}
