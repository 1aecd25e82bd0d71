/** Disables a button until a given instant and shows the seconds that are left. */
export function startCountdown(button: HTMLButtonElement): void {
  const label = button.textContent;
  const waiting = button.dataset["availableText"] ?? label;
  // Both times come from the server, because the clock of the device may be wrong.
  const waitMs = Number(button.dataset["availableAt"]) - Number(button.dataset["now"] ?? Date.now());
  const readyAt = performance.now() + waitMs;

  const tick = (): void => {
    const seconds = Math.ceil((readyAt - performance.now()) / 1000);
    button.disabled = seconds > 0;
    button.textContent = seconds > 0 ? waiting.replace("{seconds}", seconds.toString()) : label;
    if (seconds <= 0) clearInterval(timer);
  };
  const timer = setInterval(tick, 250);
  tick();
}
