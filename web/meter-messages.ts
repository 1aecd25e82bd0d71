/** Messages between the strength meter and its worker. */
export interface MeterQuestion {
  readonly id: number;
  /** Holds only the first characters: the rest cannot make a password weaker. */
  readonly password: string;
  /** Names of the user and the organisation. */
  readonly words: readonly string[];
}

export interface MeterAnswer {
  readonly id: number;
  readonly score: 0 | 1 | 2 | 3 | 4;
  /** True for one of the most used passwords, also with characters replaced by similar ones. */
  readonly isCommon: boolean;
  readonly hasWord: boolean;
}
