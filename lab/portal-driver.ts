/** Uses the portals by either means: a real browser or plain HTTP. */
export interface PortalDriver {
  open(path: string): Promise<void>;
  /**
   * Fills in the form with this address that has fields of these names, sends it, and waits for the page that follows.
   * The value given for a hidden field selects one of several such forms.
   * `press`: value of the button, where there are several.
   */
  submit(action: string, values?: Readonly<Record<string, string>>, press?: string): Promise<void>;
  /** Returns the name of the current screen: `data-screen` of its main element. */
  screen(): Promise<string>;
  /** Returns the visible text of the page. */
  text(): Promise<string>;
  html(): Promise<string>;
  /** Tells whether the page has a form with this address. */
  has(action: string): Promise<boolean>;
}
