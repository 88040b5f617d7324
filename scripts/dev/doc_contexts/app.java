// IMPORTS

/** What an application brings: its screen, its pictures, its files. */
final class Block {
    interface Screen {
        void show(Object value);
    }

    private io.mien.EmotionEngine engine;
    private io.mien.LiveSession live;
    private io.mien.Frame frame;
    private android.content.Context context;
    private java.util.concurrent.Executor mainThread;
    private java.util.Map<io.mien.EmotionLabel, java.util.List<byte[]>> labeledPictures;
    private java.util.List<byte[]> pictures;
    private Screen screen;

    void block() throws Exception {
        // BLOCK
    }
}
