/** Connections that stay open and say nothing, and that deliver late what was sent into them. */
import { pauseAbout, type Scenario, startSystem, whileFlowing } from "../scene.ts";

export const blackHole: Scenario = {
  name: "black-hole",
  says: "engine, then broker, silent for longer than an insert or a session lasts; late delivery",
  engine: "server",
  run: async (scene) => {
    const { kafkaSessionMs, queryMsMax } = scene.config();
    await startSystem(scene, 2);
    await whileFlowing(scene, 500, async () => {
      for (let round = 0; round < scene.scale.faults; round += 1) {
        await pauseAbout(scene, 1_000);
        scene.engine().proxy.setMode("hold");
        await pauseAbout(scene, kafkaSessionMs + queryMsMax);
        scene.engine().proxy.setMode("pass");
        await pauseAbout(scene, 2_000);
        scene.broker.proxy.setMode("hold");
        await pauseAbout(scene, kafkaSessionMs * 1.3);
        scene.broker.proxy.setMode("pass");
        await pauseAbout(scene, 1_000);
      }
    });
  },
};
