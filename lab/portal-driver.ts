/** Somebody at the portals, by whatever means: a real browser or plain HTTP. */
export interface PortalDriver {
  open(path: string): Promise<void>;
  /**
   * Fills in the form with this address that has fields of these names, sends it, and waits for the page that follows. What is
   * given for a hidden field says which of several such forms is meant.
   * `press`: value of the button, where there are several.
   */
  submit(action: string, values?: Readonly<Record<string, string>>, press?: string): Promise<void>;
  /** Which one is shown: `data-screen` of its main part. */
  screen(): Promise<string>;
  /** What can be read on the page. */
  text(): Promise<string>;
  html(): Promise<string>;
  /** Is there a form with this address? */
  has(action: string): Promise<boolean>;
}
