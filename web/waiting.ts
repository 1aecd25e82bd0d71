/** Looks whether the screen has changed, and loads it when it has. */
const DEFAULT_EVERY_MS = 1000;

export function startWaiting(element: HTMLElement): void {
  const address = element.dataset["waiting"] ?? location.href;
  const everyMs = Number(element.dataset["waitingEvery"] ?? DEFAULT_EVERY_MS);
  const screenOf = (page: Document): string | undefined => page.querySelector("main")?.dataset["screen"];
  const present = screenOf(document);

  const look = async (): Promise<void> => {
    try {
      const response = await fetch(address, { headers: { accept: "text/html" }, cache: "no-store" });
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      if (screenOf(page) !== present) {
        location.replace(address);
        return;
      }
    } catch {
      // Offline for a moment: the next look may find it.
    }
    setTimeout(() => void look(), everyMs);
  };
  setTimeout(() => void look(), everyMs);
}
