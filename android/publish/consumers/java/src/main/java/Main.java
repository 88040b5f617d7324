import io.mien.EmotionEngine;
import io.mien.FaceResult;
import io.mien.ModelFiles;
import io.mien.ModelPack;
import io.mien.java.EngineFutures;
import java.nio.file.Files;
import java.nio.file.Path;

/** Analyzes pictures in Java, with the models that the package brings. */
public final class Main {
    public static void main(String[] pictures) throws Exception {
        ModelFiles files = name -> Main.class.getResourceAsStream("/mien/" + name);
        try (ModelPack pack = EngineFutures.read(files).join();
                EmotionEngine engine = EngineFutures.create(pack).join()) {
            EngineFutures futures = EngineFutures.from(engine);
            for (String picture : pictures) {
                for (FaceResult face : futures.process(Files.readAllBytes(Path.of(picture))).join().getFaces()) {
                    System.out.println(Path.of(picture).getFileName() + ": " + face.getEmotion().getLabel());
                }
            }
        }
    }
}
