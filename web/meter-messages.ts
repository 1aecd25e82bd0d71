/** What the meter and its worker tell each other. */
export interface MeterQuestion {
  readonly id: number;
  /** Its first characters: the rest makes no password weaker. */
  readonly password: string;
  /** Names of the person and of the organisation. */
  readonly words: readonly string[];
}

export interface MeterAnswer {
  readonly id: number;
  readonly score: 0 | 1 | 2 | 3 | 4;
  /** It is one of the most used passwords, or such a one in disguise. */
  readonly isCommon: boolean;
  readonly hasWord: boolean;
}
