package androidx.test.runner.lifecycle;

/** Is told of activities' lives. */
public interface ActivityLifecycleCallback {
    void onActivityLifecycleChanged(android.app.Activity activity, Stage stage);
}
