import io.mien.EmotionEngine;
import io.mien.EngineOptions;
import io.mien.FaceResult;
import io.mien.ModelFiles;
import io.mien.ModelPack;
import java.nio.file.Files;
import java.nio.file.Path;
import kotlin.coroutines.EmptyCoroutineContext;
import kotlinx.coroutines.BuildersKt;

/** Analyzes pictures in Java, with the models that the package brings. */
public final class Main {
    public static void main(String[] pictures) throws Exception {
        ModelFiles files = name -> Main.class.getResourceAsStream("/mien/" + name);
        try (ModelPack pack = BuildersKt.runBlocking(
                        EmptyCoroutineContext.INSTANCE, (scope, next) -> ModelPack.Companion.read(files, next));
                EmotionEngine engine = BuildersKt.runBlocking(
                        EmptyCoroutineContext.INSTANCE,
                        (scope, next) -> EmotionEngine.Companion.create(pack, new EngineOptions(), null, next))) {
            for (String picture : pictures) {
                for (FaceResult face : engine.processBlocking(Files.readAllBytes(Path.of(picture))).getFaces()) {
                    System.out.println(Path.of(picture).getFileName() + ": " + face.getEmotion().getLabel());
                }
            }
        }
    }
}
