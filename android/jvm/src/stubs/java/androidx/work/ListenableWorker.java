package androidx.work;

import android.content.Context;

public abstract class ListenableWorker {
    private final Context context;
    private final WorkerParameters parameters;

    public ListenableWorker(Context context, WorkerParameters parameters) {
        this.context = context;
        this.parameters = parameters;
    }

    public final Context getApplicationContext() {
        return context;
    }

    public final int getRunAttemptCount() {
        return parameters.getRunAttemptCount();
    }

    public abstract static class Result {
        /** What came of the work, in a word. */
        public final String name;

        private final Data output;

        private Result(String name, Data output) {
            this.name = name;
            this.output = output;
        }

        public Data getOutputData() {
            return output;
        }

        public static Result success() {
            return new Plain("success", new Data.Builder().build());
        }

        public static Result retry() {
            return new Plain("retry", new Data.Builder().build());
        }

        public static Result failure(Data output) {
            return new Plain("failure", output);
        }

        private static final class Plain extends Result {
            Plain(String name, Data output) {
                super(name, output);
            }
        }
    }
}
