/**
 * The five organisations that detection is judged on: seeds, parameters and episodes, fixed before any tuning. Look
 * at the sum of what they say, not at one of them; to develop, draw others.
 */
import type { DrawnOrganisation } from "../organisation-draw.ts";
import { organisationFive } from "./organisation-five.ts";
import { organisationFour } from "./organisation-four.ts";
import { organisationOne } from "./organisation-one.ts";
import { organisationThree } from "./organisation-three.ts";
import { organisationTwo } from "./organisation-two.ts";

export const evaluationOrganisations: readonly DrawnOrganisation[] = [
  organisationOne,
  organisationTwo,
  organisationThree,
  organisationFour,
  organisationFive,
];
