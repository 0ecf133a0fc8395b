<?php
// Installs WordPress into an empty database with its own installer, and adds users with its own
// functions: php wordpress.php '{"port": ..., "user": ..., ...}', with the users as JSON on stdin.
error_reporting(E_ALL & ~E_DEPRECATED & ~E_WARNING & ~E_NOTICE);
$settings = json_decode($argv[1]);
define('ABSPATH', $settings->wordpress . '/');
define('DB_NAME', $settings->database);
define('DB_USER', $settings->user);
define('DB_PASSWORD', $settings->password);
define('DB_HOST', '127.0.0.1:' . $settings->port);
define('DB_CHARSET', 'utf8mb4');
define('DB_COLLATE', '');
define('WP_INSTALLING', true);
define('WP_HTTP_BLOCK_EXTERNAL', true);
define('WP_CONTENT_DIR', $settings->wordpress . '/wp-content');
$table_prefix = $settings->prefix;
$_SERVER['HTTP_HOST'] = 'localhost';
$_SERVER['REQUEST_URI'] = '/';
require ABSPATH . 'wp-settings.php';
require ABSPATH . 'wp-admin/includes/upgrade.php';
add_filter('pre_wp_mail', '__return_true');
if (!is_blog_installed()) {
  wp_install('Tests', 'admin', 'admin@example.org', false, '', 'password');
}
foreach (json_decode(stream_get_contents(STDIN)) as $user) {
  $id = wp_insert_user((array) $user + ['user_pass' => 'password']);
  if (is_wp_error($id)) {
    fwrite(STDERR, $id->get_error_message() . "\n");
    exit(1);
  }
}
