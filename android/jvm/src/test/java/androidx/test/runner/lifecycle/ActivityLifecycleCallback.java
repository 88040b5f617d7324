package androidx.test.runner.lifecycle;

/** Receives the stages of activities. */
public interface ActivityLifecycleCallback {
    void onActivityLifecycleChanged(android.app.Activity activity, Stage stage);
}
